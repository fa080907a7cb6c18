"""Around a provider that is down for long: what may go by another channel does, the rest waits for the breaker."""

from datetime import datetime, timedelta

from delivery.event import EventName
from delivery.outcome import SOFT, elsewhere_allowed, rerouted
from delivery.policy import POLICIES
from delivery.providers.limits import Limits
from delivery.ways import Open, Ways
from store.database import Tx
from store.nouns import Store
from store.outbox.tables import Claimed, Move, State

LOOKED_FOR = timedelta(seconds=10)
"""How often the messages that wait for such a provider are looked through."""

PAGE = 200


class Detours:
    """One worker's look at what waits for a broken provider, page by page, one page a tick."""

    def __init__(self, store: Store, ways: Ways, limits: Limits, *, within: timedelta) -> None:
        self._store = store
        self._ways = ways
        self._limits = limits
        self._within = within
        self._after: dict[str, str] = {}
        self._looked_at: dict[str, datetime] = {}

    async def made(self, tx: Tx, now: datetime) -> list[Move]:
        """The moves to other channels; nothing while every provider answers."""
        return [
            move
            for channel in self._limits.channels
            if self._limits.down_for(channel) >= self._within and self._is_time(channel, now)
            for move in await self._page(tx, channel, now)
        ]

    def _is_time(self, channel: str, now: datetime) -> bool:
        looked = self._looked_at.get(channel)
        return channel in self._after or looked is None or not timedelta(0) <= now - looked < LOOKED_FOR

    async def _page(self, tx: Tx, channel: str, now: datetime) -> list[Move]:
        after = self._after.pop(channel, "")
        ids = await self._store.rates.stuck(tx, channel, after=after, limit=PAGE)
        self._looked_at[channel] = now
        if len(ids) == PAGE:
            self._after[channel] = ids[-1]
        live = await self._store.outbox.open_rows(tx, ids)
        rows = [row for row in live.values() if row.state is State.WAITING and row.readable]
        ways = await self._ways.of(tx, [row for row in rows if _may(row)], now)
        return [move for way in ways if (move := self._around(way, channel, now)) is not None]

    def _around(self, way: Open, channel: str, now: datetime) -> Move | None:
        row = way.row
        other = next((each for each in way.routes if self._limits.down_for(each.channel) == timedelta(0)), None)
        if other is None or row.channel != channel:
            return None
        given_up = {each.path.value: SOFT for each in way.routes if each.channel == channel}
        return rerouted(row, other, at=now, tried=row.tried | given_up, tries=0, code="broken")


def _may(row: Claimed) -> bool:
    return row.event in set(EventName) and elsewhere_allowed(row, POLICIES[EventName(row.event)])
