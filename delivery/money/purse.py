"""The open purse of one tick: what each message may cost, what fits, what is set aside, what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from delivery.money.aside import aside_for
from delivery.money.meters import Meter, Settings, Why, day_of, near, purses, quotas, span
from delivery.money.prices import Prices
from delivery.routing import Path, Route
from delivery.texts.render import Renderer
from delivery.texts.words import compose
from delivery.ways import Open
from store.database import Tx
from store.nouns import Store
from store.outbox.tables import Claimed, Move, State
from store.spending import Key, Used

_log = structlog.get_logger(__name__)

LOOK_AGAIN = timedelta(hours=1)
"""A message over a limit looks again after so long at the latest: the limit may have been raised, a quota renewed."""

SPREAD = 600
"""Seconds over which those who wait for a new day leave, by their ids: not all at midnight."""

HELD = "over_limit"
"""The step of a message that waits for money or a quota, and its mark among the ways tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Why no way of a message fits, and until when at the longest."""

    why: Why
    until: datetime


class Purse:
    """What may be spent in one transaction. Without a limit to keep it costs nothing and lets all pass.

    `priced` keeps prices of texts by (message, day) from tick to tick: more messages are looked at than leave.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        prices: Prices,
        renderer: Renderer,
        used: Mapping[Key, Used] | None,
        now: datetime,
        priced: dict[tuple[str, str], int | None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._prices = prices
        self._renderer = renderer
        self._used = used
        self._now = now
        self._paid: dict[Key, int] = {}
        self._held: dict[str, Held] = {}
        self._later: dict[str, datetime] = {}
        self._priced = priced

    def within(self, way: Open) -> list[Route]:
        """The ways from the first that fits on; `over` tells of a message that has none."""
        if self._used is None:
            return way.routes
        row = way.row
        for place, route in enumerate(way.routes):
            held = self._over(row, route)
            if held is None:
                return way.routes[place:]
            if row.message_id not in self._held or held.until < self._held[row.message_id].until:
                self._held[row.message_id] = held
        return []

    def pay(self, row: Claimed, route: Route) -> int | None:
        """Sets aside the price of a message that leaves now; None where no budget is kept."""
        if self._used is None:
            return None
        for meter in quotas(self._settings, route, self._now):
            self._count(meter, 1)
        if not self._settings.spends:
            return None
        price = self._more(row, route)
        for meter in purses(self._settings, row.agency, self._now) if price else ():
            self._count(meter, price or 0)
        return price

    def over(self, row: Claimed) -> list[Move]:
        """What becomes of a message without a way that fits: a line in its history, once, and a later hour."""
        held = self._held[row.message_id]
        until = min(held.until + _spread(row.message_id), self._now + LOOK_AGAIN)
        if row.tried.get(HELD) == held.why:
            self._later[row.message_id] = until
            return []
        move = Move(
            message_id=row.message_id,
            at=self._now,
            step=HELD,
            state=State.WAITING,
            attempt=row.attempt,
            due_at=until,
            channel=row.channel if row.attempt == 0 else None,  # holds nobody up
            path=row.path,
            tried=row.tried | {HELD: held.why},
            tries=row.tries,
            detail=held.why,
        )
        return [move]

    @property
    def waiting(self) -> int:
        """How many wait on as before."""
        return len(self._later)

    async def close(self, tx: Tx) -> None:
        """Writes what was set aside, and until when the others wait."""
        await self._store.spending.add(tx, self._paid)
        await self._store.outbox.put_off(tx, self._later)

    def _over(self, row: Claimed, route: Route) -> Held | None:
        wanted = [(meter, 1) for meter in quotas(self._settings, route, self._now)]
        if self._settings.spends and row.event not in self._settings.exempt:
            price = self._more(row, route)
            if price is None:
                return Held(why="no_price", until=span(day_of(self._now))[1])
            wanted += [(meter, price) for meter in purses(self._settings, row.agency, self._now)]
        full = [meter for meter, amount in wanted if amount and self._left(meter) < amount]
        if not full:
            return None
        last = max(full, key=lambda meter: span(meter.key[1])[1])
        return Held(why=last.why, until=span(last.key[1])[1])

    def _more(self, row: Claimed, route: Route) -> int | None:
        """What must be set aside beyond what a doubt has left there."""
        price = self._price(row, route)
        return None if price is None else max(0, price - aside_for(row.tried, route.path, self._now))

    def _price(self, row: Claimed, route: Route) -> int | None:
        """In đồng; of an SMS by the parts of its very words. What has no words is refused later, and costs nothing."""
        if route.path is not Path.SMS:
            return self._prices.price(route, event=row.event, at=self._now)
        key = (row.message_id, day_of(self._now))
        if key not in self._priced:
            try:
                words = compose(row, route, self._renderer)
                self._priced[key] = self._prices.of(row.event, route, words, self._now)
            except Exception:
                self._priced[key] = 0
        return self._priced[key]

    def _left(self, meter: Meter) -> float:
        """What is left of a count now. A provider's word is doubted after an hour: its day may begin when ours does
        not.
        """
        used = (self._used or {})[meter.key]
        ends = [meter.most] if meter.most is not None else []
        if used.cap is not None and used.capped_at is not None and self._now - used.capped_at < LOOK_AGAIN:
            ends.append(used.cap)
        return min(ends) - used.used - self._paid.get(meter.key, 0) if ends else float("inf")

    def _count(self, meter: Meter, amount: int) -> None:
        before = (self._used or {})[meter.key].used + self._paid.get(meter.key, 0)
        self._paid[meter.key] = self._paid.get(meter.key, 0) + amount
        after = before + amount
        if meter.most and near(after, meter.most, self._settings) and not near(before, meter.most, self._settings):
            scope, period = meter.key
            _log.warning("budget.near", scope=scope, period=period, used=after, most=meter.most)


def _spread(message_id: str) -> timedelta:
    """By the chance in its id, which is the same at each look."""
    return timedelta(seconds=int.from_bytes(message_id[-3:].encode()) % SPREAD)
