"""One worker's part of a provider's rate: exact in every window, wherever it begins, and even within it."""

from collections import deque
from datetime import datetime, timedelta

LATE = timedelta(milliseconds=15)
"""How much later than its neighbours a request may reach the provider unseen: each window is longer by it."""

LATEST = timedelta(seconds=2)
"""A request without an answer is taken to have reached the provider by then. A moment may be so much later than now,
too: who looks may have looked at the clock a little before.
"""

RECENT = timedelta(seconds=5)
"""The quickest answer of the last one or two such spans is what the provider itself needs."""

BURST = 4
"""Notices leave at an even pace, so that a reply need not wait for a whole window. What a worker could not send while
it was busy it may catch up, as far as a quarter of its share.
"""

_MOST_REMEMBERED = 5_000


def quota(rate: float) -> tuple[int, timedelta]:
    """A rate of 20.5 a second is twenty in each second; one of 0.1 is one in each ten seconds."""
    return max(1, int(rate)), timedelta(seconds=max(1.0, 1 / rate)) + LATE


class Line:
    """A place is taken at the claim and counts until one window after the message has reached the provider.

    When that was is not known. It was not before it left, and not after its answer less the time that the quickest
    answer took: so much is known in the order of answers, whichever belongs to which.
    `share` is how many places there are in a window, None where no rate is known.
    """

    def __init__(self, now: datetime) -> None:
        self.share: int | None = None
        self.window = timedelta(seconds=1) + LATE
        self._waiting = 0
        self._air: deque[datetime] = deque()  # left at, and not yet answered
        self._there: deque[datetime] = deque()  # there at the latest
        self._quickest = [timedelta.max, timedelta.max]  # in this span, in the one before
        self._span_at = now
        self._tokens = 1.0
        self._filled_at = now

    def places(self, now: datetime, *, even: bool) -> int | None:
        """How many may be taken now; `even`: at an even pace. None: no limit."""
        if self.share is None:
            return None
        free = self.share - self.used(now)
        return max(0, min(free, int(self._filled(now)))) if even else max(0, free)

    def used(self, now: datetime) -> int:
        """Places that are taken. A clock that was put back far frees them."""
        while self._air and not now - LATEST < self._air[0] < now + LATEST:
            self._arrived(min(now, self._air.popleft() + LATEST))
        while self._there and not now - self.window < self._there[0] < now + LATEST:
            self._there.popleft()
        return self._waiting + len(self._air) + len(self._there)

    def take(self, now: datetime) -> None:
        """One more message is on its way out."""
        self._waiting += 1
        if self.share is not None:
            self._tokens = max(-self._most_tokens(), self._filled(now) - 1)
            self._filled_at = now

    def leave(self, now: datetime) -> None:
        """A message leaves at this moment."""
        self._waiting = max(0, self._waiting - 1)
        self._air.append(now)

    def answered(self, now: datetime) -> None:
        """An answer came, to one of those that left."""
        if not self._air:
            return
        left = self._air.popleft()
        took = max(timedelta(0), now - left)
        if not timedelta(0) <= now - self._span_at < RECENT:
            self._quickest, self._span_at = [timedelta.max, self._quickest[0]], now
        self._quickest[0] = min(self._quickest[0], took)
        self._arrived(left + took - min(self._quickest))

    def under_way(self, count: int) -> None:
        """No more than so many are on their way: places of messages that were never marked are free again."""
        self._waiting = min(self._waiting, count)

    def opens_in(self, now: datetime, *, even: bool) -> float:
        """Seconds until a place may be free, about."""
        if not self.share:
            return 0.0
        until = 0.0
        if self.used(now) >= self.share and self._there:
            until = (self._there[0] + self.window - now).total_seconds()
        if even and (missing := 1 - self._filled(now)) > 0:
            until = max(until, missing * self.window.total_seconds() / self.share)
        return until

    def lately(self, now: datetime) -> int:
        """How many reached it in the last window, about."""
        return self.used(now) - self._waiting

    def _arrived(self, moment: datetime) -> None:
        self._there.append(max(moment, self._there[-1]) if self._there else moment)
        if self.share is None and len(self._there) > _MOST_REMEMBERED:
            self._there.popleft()

    def _filled(self, now: datetime) -> float:
        elapsed = (now - self._filled_at) / self.window
        if elapsed < 0:
            return self._most_tokens()
        return min(self._most_tokens(), self._tokens + elapsed * (self.share or 0))

    def _most_tokens(self) -> float:
        return max(2.0, (self.share or 0) / BURST)  # two: what is left over of a place is not lost
