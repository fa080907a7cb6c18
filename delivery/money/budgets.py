"""Keeps the limits across processes: opens the purse of a tick, and puts back what was not spent.

The lock is taken last in a transaction: whoever holds it waits for no other row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from channels.errors import SendError, Throttled, Unknown
from channels.message import Accepted
from delivery.money.meters import (
    TEMPLATES,
    ZALO,
    Meter,
    Settings,
    agency_of,
    day_of,
    month_of,
    purses,
    quotas,
    span,
    totals,
)
from delivery.money.prices import Prices
from delivery.money.purse import Purse
from delivery.outcome import Attempt
from delivery.routing import Path
from delivery.texts.render import Renderer
from delivery.ways import Open
from store.database import Tx
from store.nouns import Store
from store.outbox.tables import Claimed, Track
from store.spending import Key, Used

_MOST_PRICED = 20_000
USED_UP = frozenset({"-144", "-147"})
"""Zalo's words for a day's quota that is used up: of the page, of the template (facts/zalo.md 7.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money that a receipt brings back; or takes again, of a provider that first said "failed" and then "delivered":
    that alone can lift a count above its limit, afterwards. The agency of a message that has ended is not looked up:
    its own limit is kept the stricter.
    """

    agency: str | None
    sent_at: datetime
    dong: int

    @classmethod
    def of(cls, dong: int | None, live: Claimed | None, track: Track) -> list["Refund"]:
        sent = [step.at for step in track.steps if step.step == "sending"]
        if not dong or not sent:
            return []
        return [cls(agency=None if live is None else live.agency, sent_at=sent[-1], dong=dong)]


class Budgets:
    """Opens the purse of a tick, and puts back what was not spent."""

    def __init__(
        self, store: Store, renderer: Renderer, settings: Settings | None = None, prices: Prices | None = None
    ) -> None:
        self._store = store
        self._renderer = renderer
        self._settings = settings or Settings()
        self.prices = prices or Prices()
        self._priced: dict[tuple[str, str], int | None] = {}

    async def opened(self, tx: Tx, ways: Sequence[Open], now: datetime) -> Purse:
        """Locked, where one of these messages may touch a limit."""
        meters = self._meters(ways, now)
        used = None if not meters else await self._counted(tx, meters)
        if len(self._priced) > _MOST_PRICED:
            self._priced.clear()
        return Purse(self._store, self._settings, self.prices, self._renderer, used, now, self._priced)

    async def settle(
        self, tx: Tx, outcomes: Iterable[tuple[Attempt, Accepted | SendError, int | None]], now: datetime
    ) -> None:
        """After answers: money that was set aside and not spent, quota that was not used, and what Zalo said is left.

        The last number of each is what its line of history adds.
        """
        back: list[tuple[Key, int]] = []
        caps: dict[Key, int] = {}
        for attempt, answer, added in outcomes:
            if added and attempt.reserved is not None:
                money = purses(self._settings, attempt.claimed.agency, attempt.at)
                back += [(meter.key, added) for meter in money]
            if attempt.route.path in TEMPLATES:
                meters = quotas(self._settings, attempt.route, attempt.at)
                if isinstance(answer, SendError) and not isinstance(answer, Unknown):
                    back += [(meter.key, -1) for meter in meters]
                for key, left in _said(attempt, answer).items():
                    caps[key] = min(left, caps.get(key, left))
        if back or caps:
            await self._store.spending.lock(tx)
            await self._store.spending.add(tx, totals(back))
            for key, left in sorted(caps.items()):
                await self._store.spending.cap(tx, key, left, now)

    async def refunded(self, tx: Tx, refunds: Iterable[Refund]) -> None:
        """Money that came back for messages that did not arrive: of the day and month in which they had left."""
        back = [(meter.key, one.dong) for one in refunds for meter in purses(self._settings, one.agency, one.sent_at)]
        if back:
            await self._store.spending.lock(tx)
            await self._store.spending.add(tx, totals(back))

    async def unspent(self, tx: Tx, released: Iterable[tuple[Claimed, int]]) -> None:
        """What was marked and never left: its money, and its place in the page's quota."""
        back: list[tuple[Key, int]] = []
        for row, dong in released:
            back += [(meter.key, -dong) for meter in purses(self._settings, row.agency, row.due_at) if dong]
            if row.path in TEMPLATES:
                back.append(((ZALO, day_of(row.due_at)), -1))
        if back:
            await self._store.spending.lock(tx)
            await self._store.spending.add(tx, totals(back))

    async def standing(self, tx: Tx, now: datetime) -> list[Used]:
        """The limits of today and of this month, with what is used of each."""
        return await self._store.spending.standing(tx, [day_of(now), month_of(now)])

    def _meters(self, ways: Sequence[Open], now: datetime) -> dict[Key, Meter]:
        """The counts that these messages may touch: those that are free on every way touch no money."""
        found: list[Meter] = []
        paid = [way for way in ways if self._settings.spends and self._may_cost(way, now)]
        for agency in dict.fromkeys(way.row.agency for way in paid):
            found += purses(self._settings, agency, now)
        for route in {route.template_id: route for way in ways for route in way.routes}.values():
            found += quotas(self._settings, route, now)
        return {meter.key: meter for meter in found}

    def _may_cost(self, way: Open, now: datetime) -> bool:
        return any(self.prices.price(route, event=way.row.event, at=now) != 0 for route in way.routes)

    async def _counted(self, tx: Tx, meters: Mapping[Key, Meter]) -> dict[Key, Used]:
        """The counts of these, begun where they did not stand."""
        await self._store.spending.lock(tx)
        used = await self._store.spending.read(tx, meters)
        new = [meter for key, meter in meters.items() if key not in used]
        spent = {
            period: await self._spent(tx, period) for period in dict.fromkeys(each.key[1] for each in new if each.money)
        }
        for meter in new:
            (scope, period), agency = meter.key, agency_of(meter.key)
            before = spent.get(period, {}) if meter.money else {}
            mine = sum(before.values()) if agency is None else before.get(agency, 0)
            await self._store.spending.begin(tx, meter.key, used=mine, most=meter.most)
            used[meter.key] = Used(scope=scope, period=period, used=mine, most=meter.most)
        for key, meter in meters.items():
            if used[key].most != meter.most:
                await self._store.spending.limit(tx, key, meter.most)
                used[key] = replace(used[key], most=meter.most)
        return used

    async def _spent(self, tx: Tx, period: str) -> Mapping[str | None, int]:
        """What had been spent before anybody counted, by agency."""
        since, until = span(period)
        return await self._store.spending.spent(tx, since, until)


def _said(attempt: Attempt, answer: Accepted | SendError) -> dict[Key, int]:
    """What Zalo says is left of the day's quota: with a message by phone that it took, or by a refusal."""
    day = day_of(attempt.at)
    if isinstance(answer, Accepted) and attempt.route.path is Path.ZALO_PHONE and answer.quota_left is not None:
        return {(ZALO, day): answer.quota_left}
    if isinstance(answer, Throttled) and (code := answer.code.rpartition(":")[2]) in USED_UP:
        scope = ZALO if code == "-144" else f"{ZALO}:{attempt.route.template_id}"
        return {(scope, day): 0}
    return {}
