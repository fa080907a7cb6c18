"""Rates and connections that providers allow, kept before a message is claimed, so that waiting eats no attempt."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.channel import Capabilities
from channels.errors import SendError, Throttled
from channels.message import Accepted
from store.ids import Clock

LONGEST_REST = 3600.0
"""Seconds that a whole channel rests at most because its provider said so."""


@dataclass
class _Line:
    """One channel: when it sent lately, and until when it rests (since, until)."""

    most: int  # messages in a window; 0: no rate
    window: timedelta
    connections: int
    sent: deque[datetime] = field(default_factory=deque)
    rest: tuple[datetime, datetime] | None = None


class Limits:
    """No window of a second holds more than the rate, wherever it begins; a slow channel takes no one's place."""

    def __init__(self, can: Mapping[str, Capabilities], clock: Clock) -> None:
        self._clock = clock
        self._under_way: Counter[str] = Counter()
        self._lines = {name: _line(each) for name, each in can.items()}

    def count(self, under_way: Mapping[str, int]) -> None:
        """How many messages are under way now, by channel."""
        self._under_way = Counter(under_way)

    def take(self, channel: str) -> bool:
        """One message may leave by this channel now."""
        if not self._open(channel):
            return False
        self._under_way[channel] += 1
        if self._lines[channel].most:
            self._lines[channel].sent.append(self._clock())
        return True

    def exhausted(self) -> list[str]:
        """Channels that may not send now."""
        return [name for name in self._lines if not self._open(name)]

    def heard(self, channel: str, answer: Accepted | SendError) -> None:
        """A provider that asks for patience gets it, for all messages unless it meant one kind alone."""
        if isinstance(answer, Throttled) and answer.whole:
            seconds = 1.0 if answer.retry_after is None else min(max(1.0, answer.retry_after), LONGEST_REST)
            now = self._clock()
            self._lines[channel].rest = (now, now + timedelta(seconds=seconds))

    def _open(self, channel: str) -> bool:
        line, now = self._lines[channel], self._clock()
        if self._under_way[channel] >= line.connections:
            return False
        if line.rest is not None and line.rest[0] <= now < line.rest[1]:  # a clock that was put back ends the rest
            return False
        while line.sent and not now - line.window < line.sent[0] <= now:
            line.sent.popleft()
        return not line.most or len(line.sent) < line.most


def _line(can: Capabilities) -> _Line:
    """A rate of 20.5 is twenty in each second; one of 0.1 is one in each ten seconds."""
    rate = can.rate_per_second
    if rate <= 0:
        return _Line(most=0, window=timedelta(0), connections=max(1, can.connections))
    return _Line(
        most=max(1, int(rate)), window=timedelta(seconds=max(1.0, 1 / rate)), connections=max(1, can.connections)
    )
