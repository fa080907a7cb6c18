"""What a bulk notice is going to cost (ước tính), by way, before anybody lets it go: each row priced as it would leave.

A large sheet is priced by rows taken evenly from all of it; the page says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from delivery.event import EventName, Recipient
from delivery.money.meters import agency_of, day_of, month_of
from delivery.money.prices import Prices
from delivery.routing import Path, Router
from delivery.texts.render import Form, Renderer, RenderError
from notices import cells
from notices.people import EMAIL, PHONE
from notices.sending import around
from notices.texts import Texts
from store.database import Tx
from store.ids import Clock
from store.notices import Notice, NoticeRow
from store.nouns import Store
from store.people import Reach
from store.spending import ALL, Used
from vietnam.segments import measure

SAMPLE = 200
"""Rows that are priced at most."""

_PLACES = 10
"""From so many places of a larger sheet are they taken."""

_FRESH = timedelta(seconds=60)
_MOST_KEPT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The people of one way, and what they cost together, in đồng; None where its price is not known."""

    path: Path
    people: int
    dong: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """`sampled`: by how many rows it was reckoned, where not by all. `unreached` have no way at all, or opted out."""

    shares: tuple[Share, ...] = ()
    unreached: int = 0
    sampled: int | None = None
    limits: tuple[Used, ...] = field(default=())

    @property
    def dong(self) -> int | None:
        """All together; None where a way's price is not known."""
        known = [share.dong for share in self.shares if share.dong is not None]
        return sum(known) if len(known) == len(self.shares) and known else None

    def over(self) -> Used | None:
        """The limit with the least left, where this does not fit into it."""
        tight = min(self.limits, key=_left, default=None)
        return tight if tight is not None and self.dong is not None and self.dong > _left(tight) else None


class Estimates:
    """Asked by pages that are reloaded: an answer is kept for a minute."""

    def __init__(
        self, store: Store, router: Router, prices: Prices, texts: Texts, renderer: Renderer, *, clock: Clock
    ) -> None:
        self._store = store
        self._router = router
        self._prices = prices
        self._texts = texts
        self._renderer = renderer
        self._clock = clock
        self._kept: dict[str, tuple[datetime, Estimate]] = {}

    async def of(self, tx: Tx, notice: Notice) -> Estimate:
        now = self._clock()
        kept = self._kept.get(notice.id)
        if kept is None or now - kept[0] >= _FRESH:
            self._kept = dict(list(self._kept.items())[-_MOST_KEPT:])
            self._kept[notice.id] = kept = (now, await self._reckoned(tx, notice, now))
        return kept[1]

    async def _reckoned(self, tx: Tx, notice: Notice, now: datetime) -> Estimate:
        rows = await self._rows(tx, notice)
        surroundings = await around(self._store, tx, notice.agency)
        found: dict[Path, list[int | None]] = {}
        for row in rows:
            way = await self._way(tx, notice, row, surroundings, now)
            if way is not None:
                found.setdefault(way[0], []).append(way[1])
        reached = sum(map(len, found.values()))
        limits = await self._store.spending.standing(tx, [day_of(now), month_of(now)])
        scale = notice.right / len(rows) if rows else 0.0
        return Estimate(
            shares=tuple(_share(path, prices, scale) for path, prices in sorted(found.items(), key=_place)),
            unreached=round((len(rows) - reached) * scale),
            sampled=len(rows) if len(rows) < notice.right else None,
            limits=tuple(one for one in limits if _is_money(one) and _agency(one) in (None, notice.agency)),
        )

    async def _rows(self, tx: Tx, notice: Notice) -> list[NoticeRow]:
        """All right rows, or some from each part of the sheet."""
        if notice.right <= SAMPLE:
            return await self._store.notices.right_rows(tx, notice.id, limit=SAMPLE)
        rows: list[NoticeRow] = []
        for place in range(_PLACES):
            skip = notice.right * place // _PLACES
            rows += await self._store.notices.right_rows(tx, notice.id, skip=skip, limit=SAMPLE // _PLACES)
        return rows

    async def _way(
        self, tx: Tx, notice: Notice, row: NoticeRow, surroundings: dict[str, str], now: datetime
    ) -> tuple[Path, int | None] | None:
        """The first way that is open to this person now, and its price; None where nothing would leave."""
        phone, email = row.cells.get(PHONE), row.cells.get(EMAIL)
        to = Recipient(
            person_id="",
            phone=cells.phone_of(phone) if phone else None,
            email=cells.email_of(email) if email else None,
        )
        reach = await self._reach(tx, to)
        if reach.opted_out_at is not None:
            return None
        routes = self._router.routes(EventName.NOTICE, to, reach, now=now, only=notice.channel)
        if not routes:
            return None
        try:
            fields = self._texts.fields(notice.template, row.cells, surroundings)
            text = self._renderer.render(EventName.NOTICE.value, Form.SMS, fields).text
        except RenderError:
            return None
        parts = measure(text).parts if routes[0].path is Path.SMS else None
        return routes[0].path, self._prices.price(routes[0], event=EventName.NOTICE.value, at=now, parts=parts)

    async def _reach(self, tx: Tx, to: Recipient) -> Reach:
        """What is known of the person of the phone, or of the email; nobody is made for it."""
        person = None
        if to.phone is not None:
            person = await self._store.people.find(tx, "phone", to.phone)
        elif to.email is not None:
            person = await self._store.people.find(tx, "email", to.email)
        known = {} if person is None else await self._store.people.reach(tx, [person])
        return known.get(person or "", Reach(person_id=""))


def _share(path: Path, prices: Sequence[int | None], scale: float) -> Share:
    known = [price for price in prices if price is not None]
    dong = round(sum(known) * scale) if len(known) == len(prices) else None
    return Share(path=path, people=round(len(prices) * scale), dong=dong)


def _left(limit: Used) -> int:
    return max(0, (limit.limit or 0) - limit.used)


def _is_money(limit: Used) -> bool:
    return limit.scope == ALL or _agency(limit) is not None


def _agency(limit: Used) -> str | None:
    return agency_of((limit.scope, limit.period))


def _place(item: tuple[Path, object]) -> int:
    return list(Path).index(item[0])
