"""The audit trail (nhật ký thao tác): who did what, and who saw whose data; append-only, each entry bound to the last.

An entry's mark is a keyed hash over the mark before it and the entry itself: an edit, a deletion, an insertion or a
change of order is found by `verify`. A cut at the end is found only against a `Head` that was kept elsewhere.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, Index, Row, select
from sqlmodel import Field, SQLModel

from store.columns import Sealed, UtcTime, table
from store.database import Tx
from store.ids import Ids
from store.personal import Seal, Unreadable, same

SYSTEM = "system"
"""Who did it, where no person did: the clock, the service itself."""

_LOCK = 0x6D63_6175  # one number for the whole house: "mcau"
_PAGE = 1_000
_BEGINNING = bytes(16)


class AuditTable(SQLModel, table=True):
    __tablename__ = "audit"
    __table_args__ = (Index(None, "subject", "number"), Index(None, "who", "number"))

    number: int = Field(primary_key=True, sa_type=BigInteger)  # 1, 2, 3, …: a gap is a deletion
    at: datetime = Field(sa_type=UtcTime)
    who: str  # a staff id, an API key's id, or `SYSTEM`
    action: str
    subject: str
    sealed: bytes = Field(sa_type=Sealed)  # the detail
    detail_hash: bytes
    mark: bytes


_audit = table(AuditTable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing done or seen."""

    number: int
    at: datetime
    who: str
    action: str
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the trail ends: kept in a second place, it shows a cut."""

    number: int
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What `verify` found; `broken_at` is the number of the first entry that does not hold."""

    count: int
    broken_at: int | None = None
    cut: bool = False

    @property
    def holds(self) -> bool:
        return self.broken_at is None and not self.cut


class Audit:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal

    async def record(
        self, tx: Tx, who: str, action: str, subject: str, detail: dict[str, Any] | None = None, *, at: datetime
    ) -> int:
        """Appends one entry and returns its number. Call it last in a transaction: appends wait for one another.

        Two writers at once cannot fork the chain: SQLite has one writer, PostgreSQL takes an advisory lock that the
        commit releases, and the number is the primary key.
        """
        if tx.dialect.name == "postgresql":
            await tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        last = (await tx.execute(_last())).one_or_none()
        number, previous = (last.number + 1, bytes(last.mark)) if last else (1, _BEGINNING)
        data = detail or {}
        row = {"number": number, "at": at.astimezone(UTC), "who": who, "action": action, "subject": subject}
        row["detail_hash"] = self._detail_hash(data)
        row["mark"] = self._mark(previous, row)
        row["sealed"] = self._seal.seal_data("audit.sealed", str(number), data)
        await tx.execute(_audit.insert(), row)
        return number

    async def verify(self, tx: Tx, kept: Head | None = None) -> Verdict:
        """Reads the whole trail, a thousand entries at a time. `kept` is a head noted earlier in another place."""
        number, previous, met = 0, _BEGINNING, kept is None or kept.number == 0
        while True:
            query = select(_audit).where(_audit.c.number > number).order_by(_audit.c.number).limit(_PAGE)
            rows = (await tx.execute(query)).all()
            for row in rows:
                if row.number != number + 1 or not self._holds(previous, row):
                    return Verdict(count=number, broken_at=row.number)
                number, previous = row.number, bytes(row.mark)
                if kept is not None and number == kept.number:
                    if previous.hex() != kept.mark:
                        return Verdict(count=number, broken_at=number)
                    met = True
            if len(rows) < _PAGE:
                return Verdict(count=number, cut=not met)

    async def head(self, tx: Tx) -> Head:
        last = (await tx.execute(_last())).one_or_none()
        return Head(number=last.number, mark=bytes(last.mark).hex()) if last else Head(number=0, mark="")

    async def page(
        self, tx: Tx, *, before: int | None = None, limit: int = 50, subject: str | None = None, who: str | None = None
    ) -> list[Entry]:
        """The newest entries first, those under number `before`. Served by the primary key or the two indexes."""
        query = select(_audit).order_by(_audit.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(_audit.c.number < before)
        if subject is not None:
            query = query.where(_audit.c.subject == subject)
        if who is not None:
            query = query.where(_audit.c.who == who)
        return [self._entry(row) for row in await tx.execute(query)]

    def _holds(self, previous: bytes, row: Row[tuple[object, ...]]) -> bool:
        kept = {name: getattr(row, name) for name in ("number", "at", "who", "action", "subject")}
        if not same(self._mark(previous, kept | {"detail_hash": bytes(row.detail_hash)}), bytes(row.mark)):
            return False
        try:
            detail = self._seal.open_data("audit.sealed", str(row.number), row.sealed)
        except Unreadable:
            return False
        return same(self._detail_hash(detail), bytes(row.detail_hash))

    def _mark(self, previous: bytes, row: dict[str, Any]) -> bytes:
        kept = [row["number"], row["at"].isoformat(), row["who"], row["action"], row["subject"]]
        canonical = orjson.dumps([previous.hex(), *kept, row["detail_hash"].hex()])
        return self._seal.hash("audit.mark", canonical.decode())

    def _detail_hash(self, detail: dict[str, Any]) -> bytes:
        return self._seal.hash("audit.detail", orjson.dumps(detail, option=orjson.OPT_SORT_KEYS).decode())

    def _entry(self, row: Row[tuple[object, ...]]) -> Entry:
        return Entry(
            number=row.number,
            at=row.at,
            who=row.who,
            action=row.action,
            subject=row.subject,
            detail=self._seal.open_data("audit.sealed", str(row.number), row.sealed),
        )


def _last() -> Any:
    return select(_audit.c.number, _audit.c.mark).order_by(_audit.c.number.desc()).limit(1)
