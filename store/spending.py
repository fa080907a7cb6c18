"""What is spent (chi phí) and used up, by scope and period: counted as messages leave, so that a limit is exact.

A scope is the whole service, an agency, or a provider's quota; a period is a day or a month in Vietnam. The lines of
the outbox's history remain the truth: a count that is missing is made from them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, and_, bindparam, case, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Field, SQLModel

from store.columns import UtcTime, table
from store.database import Tx
from store.ids import Ids, first
from store.outbox.tables import attempt, message
from store.personal import Seal

Key = tuple[str, str]
"""(scope, period): ("all", "2026-06-25"), ("agency:H36.21", "2026-06"), ("zalo", "2026-06-25")."""

ALL = "all"
_LOCK = 352_118
"""The number of the advisory lock: any, but the same in all processes."""


class SpendingTable(SQLModel, table=True):
    """`most` is the limit as it was configured last; `cap` what the provider said, and when."""

    __tablename__ = "spending"

    scope: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    used: int = Field(default=0, sa_type=BigInteger)
    most: int | None = Field(default=None, sa_type=BigInteger)
    cap: int | None = Field(default=None, sa_type=BigInteger)
    capped_at: datetime | None = Field(default=None, sa_type=UtcTime)


_spending = table(SpendingTable)
_ADD = (
    update(_spending)
    .where(_spending.c.scope == bindparam("_scope"), _spending.c.period == bindparam("_period"))
    .values(used=_spending.c.used + bindparam("_more", type_=BigInteger()))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """One count: đồng, or messages of a quota."""

    scope: str
    period: str
    used: int
    most: int | None = None
    cap: int | None = None
    capped_at: datetime | None = None

    @property
    def limit(self) -> int | None:
        """Ours or the provider's, whichever is less."""
        return min((each for each in (self.most, self.cap) if each is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What messages of one event, agency and way came to: đồng; `unpriced` are those whose price is not known."""

    event: str
    agency: str | None
    path: str
    messages: int
    unpriced: int
    parts: int
    dong: int


class Spending:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def lock(self, tx: Tx) -> None:
        """One process at a time looks and counts, to the end of its transaction. Taken last: whoever holds it waits
        for nobody. SQLite has one writer anyway.
        """
        if tx.dialect.name == "postgresql":
            await tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))

    async def read(self, tx: Tx, keys: Collection[Key]) -> dict[Key, Used]:
        """Those that stand. By primary key."""
        if not keys:
            return {}
        query = select(_spending).where(tuple_(_spending.c.scope, _spending.c.period).in_(sorted(keys)))
        return {(row.scope, row.period): Used(**row._mapping) for row in await tx.execute(query)}

    async def begin(self, tx: Tx, key: Key, *, used: int, most: int | None) -> None:
        """A count that did not stand yet."""
        put = upsert(SpendingTable).values(scope=key[0], period=key[1], used=used, most=most)
        await tx.execute(put.on_conflict_do_nothing(index_elements=["scope", "period"]))

    async def add(self, tx: Tx, amounts: Mapping[Key, int]) -> None:
        """More, or less, of each that stands."""
        rows = [{"_scope": key[0], "_period": key[1], "_more": more} for key, more in sorted(amounts.items()) if more]
        if rows:
            await tx.execute(_ADD, rows)

    async def limit(self, tx: Tx, key: Key, most: int | None) -> None:
        """The limit has another figure now."""
        row = (_spending.c.scope == key[0]) & (_spending.c.period == key[1])
        await tx.execute(update(_spending).where(row).values(most=most))

    async def cap(self, tx: Tx, key: Key, left: int, at: datetime) -> None:
        """The provider says that so many more may leave."""
        row = (_spending.c.scope == key[0]) & (_spending.c.period == key[1])
        await tx.execute(update(_spending).where(row).values(cap=_spending.c.used + left, capped_at=at))

    async def standing(self, tx: Tx, periods: Collection[str]) -> list[Used]:
        """All counts of these periods that have a limit."""
        limited = or_(_spending.c.most.is_not(None), _spending.c.cap.is_not(None))
        query = select(_spending).where(_spending.c.period.in_(sorted(periods)), limited)
        return [Used(**row._mapping) for row in await tx.execute(query.order_by(_spending.c.scope, _spending.c.period))]

    async def spent(self, tx: Tx, since: datetime, until: datetime) -> dict[str | None, int]:
        """In đồng by agency, by the lines of history written in this time. By primary key: ids are in order of time.

        Money that came back counts only for a message that left in this time too, and never by a receipt, which may be
        of any attempt: what was set aside before midnight is of the day before.
        """
        left = attempt.alias("left_then")
        then = exists().where(
            left.c.message_id == attempt.c.message_id,
            left.c.id >= first(since),
            left.c.id < attempt.c.id,
            left.c.price > 0,
        )
        query = (
            select(message.c.agency, func.sum(attempt.c.price).label("dong"))
            .join(message, message.c.id == attempt.c.message_id)
            .where(attempt.c.id >= first(since), attempt.c.id < first(until))
            .where(attempt.c.step != "undelivered", or_(attempt.c.price > 0, and_(attempt.c.price < 0, then)))
            .group_by(message.c.agency)
        )
        return {row.agency: int(row.dong) for row in await tx.execute(query)}

    async def lines(
        self, tx: Tx, since: datetime, until: datetime, steps: Collection[str], *, after: str = "", limit: int = 500
    ) -> list[tuple[str, str]]:
        """A page of (line, message) with one of these steps, written in this time, after a line. By primary key."""
        query = select(attempt.c.id, attempt.c.message_id).where(
            attempt.c.id > max(after, first(since)), attempt.c.id < first(until), attempt.c.step.in_(sorted(steps))
        )
        return [(row.id, row.message_id) for row in await tx.execute(query.order_by(attempt.c.id).limit(limit))]

    async def by(self, tx: Tx, since: datetime, until: datetime) -> list[Cost]:
        """What was spent in this time, by event, agency and way. By primary key: ids are in order of time."""
        took = case((attempt.c.step.in_(["accepted", "unknown", "unknown_again"]), 1), else_=0)
        priced = case((attempt.c.price.is_not(None), 1), else_=0)
        parts = case((attempt.c.step == "accepted", attempt.c.parts), else_=0)
        each = (
            select(
                attempt.c.message_id,
                attempt.c.path,
                func.max(took).label("took"),
                func.max(priced).label("priced"),
                func.sum(func.coalesce(parts, 0)).label("parts"),
                func.sum(func.coalesce(attempt.c.price, 0)).label("dong"),
            )
            .where(attempt.c.id >= first(since), attempt.c.id < first(until), attempt.c.path.is_not(None))
            .group_by(attempt.c.message_id, attempt.c.path)
            .subquery()
        )
        query = (
            select(
                message.c.event,
                message.c.agency,
                each.c.path,
                func.sum(each.c.took).label("messages"),
                func.sum(each.c.took * (1 - each.c.priced)).label("unpriced"),
                func.sum(each.c.parts).label("parts"),
                func.sum(each.c.dong).label("dong"),
            )
            .join(message, message.c.id == each.c.message_id)
            .group_by(message.c.event, message.c.agency, each.c.path)
        )
        found = [
            Cost(
                event=row.event,
                agency=row.agency,
                path=row.path,
                messages=int(row.messages),
                unpriced=int(row.unpriced),
                parts=int(row.parts),
                dong=int(row.dong),
            )
            for row in await tx.execute(query)
        ]
        return [one for one in found if one.messages or one.dong]

    async def of_notice(self, tx: Tx, notice_id: str) -> dict[str, int]:
        """What a bulk notice has cost so far, in đồng, by channel; one whose price is unknown is not there."""
        query = (
            select(attempt.c.channel, func.sum(attempt.c.price).label("dong"))
            .join(message, message.c.id == attempt.c.message_id)
            .where(message.c.notice_id == notice_id, attempt.c.price.is_not(None))
            .group_by(attempt.c.channel)
        )
        return {row.channel: int(row.dong) for row in await tx.execute(query) if row.channel}
