"""Rates that providers allow, kept before a message is claimed, so that waiting for one eats no attempt."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from channels.errors import SendError, Throttled
from channels.message import Accepted
from store.ids import Clock


class Limits:
    """A bucket a channel, filled by the clock; a second's worth at most. After a 429 the channel rests as told."""

    def __init__(self, rates: Mapping[str, float], clock: Clock) -> None:
        self._rates = dict(rates)
        self._clock = clock
        self._tokens: dict[str, float] = {name: max(rate, 1.0) for name, rate in rates.items()}
        self._filled_at: dict[str, datetime] = {name: clock() for name in rates}
        self._resting: dict[str, datetime] = {}

    def take(self, channel: str) -> bool:
        """One message may leave by this channel now."""
        if not self._open(channel):
            return False
        if self._rates.get(channel):
            self._tokens[channel] -= 1
        return True

    def exhausted(self) -> list[str]:
        """Channels that may not send now."""
        return [name for name in self._rates if not self._open(name)]

    def heard(self, channel: str, answer: Accepted | SendError) -> None:
        """A provider that asks for patience gets it, for all messages unless it meant one kind alone."""
        if isinstance(answer, Throttled) and answer.whole:
            rest = timedelta(seconds=1.0 if answer.retry_after is None else min(answer.retry_after, 3600))
            self._resting[channel] = self._clock() + rest

    def _open(self, channel: str) -> bool:
        now = self._clock()
        if self._resting.get(channel, now) > now:
            return False
        rate = self._rates.get(channel, 0)
        if not rate:
            return True
        passed = (now - self._filled_at[channel]).total_seconds()
        self._filled_at[channel] = now
        self._tokens[channel] = min(max(rate, 1.0), self._tokens[channel] + passed * rate)
        return self._tokens[channel] >= 1
