"""Dossiers (hồ sơ) and how they moved: what must be queried stands open, the rest is one sealed cell.

`dossier` holds the newest state, `dossier_status` every state ever reported, append-only. Look-ups go by the code,
by any other name of it when that is unique, or by the keyed hash of a phone.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import BigInteger, Delete, Index, Row, Select, bindparam, delete, func, select, text
from sqlmodel import Field, SQLModel

from store.columns import Json, Sealed, UtcTime, table
from store.database import Dialect, Tx, breaths
from store.dossier import Dossier, Party, as_text, from_data
from store.guesses import Guesses
from store.ids import Ids
from store.inserts import Inserts
from store.personal import Seal
from store.prepared import run
from store.sets import among, dialect_of, packed_texts
from store.sources import Sources

Role = Literal["applicant", "delegate"]


class DossierTable(SQLModel, table=True):
    __tablename__ = "dossier"
    __table_args__ = (
        Index("uq_dossier_code", "code", unique=True),
        Index("ix_dossier_status", "status", "status_at"),
        Index(
            "ix_dossier_owed_due",
            "owed_due_at",
            sqlite_where=text("owed_due_at IS NOT NULL"),
            postgresql_where=text("owed_due_at IS NOT NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    code: str
    status: int
    status_at: datetime = Field(sa_type=UtcTime)
    agency: str
    procedure_code: str
    filing_channel: str | None = None
    source_id: str
    authority: int = 0  # a source's rank over this dossier, where two sources know it
    due_at: datetime | None = Field(default=None, sa_type=UtcTime)
    owed: int = Field(sa_type=BigInteger)  # unpaid, in đồng
    owed_due_at: datetime | None = Field(default=None, sa_type=UtcTime)
    pauses: list[dict[str, str]] = Field(
        default_factory=list, sa_type=Json
    )  # when the clock stood: {since, until, why}
    content: bytes  # keyed hash of all that the source said: equal means unchanged
    sealed: bytes = Field(sa_type=Sealed)
    created_at: datetime = Field(sa_type=UtcTime)
    changed_at: datetime = Field(sa_type=UtcTime)


class NameTable(SQLModel, table=True):
    """Other names that a dossier is found by: its aliases, and codes without their old `000.…` part."""

    __tablename__ = "dossier_name"
    __table_args__ = (Index("ix_dossier_name_dossier", "dossier_id"),)

    name: str = Field(primary_key=True)
    dossier_id: str = Field(primary_key=True, foreign_key="dossier.id")


class PhoneTable(SQLModel, table=True):
    __tablename__ = "dossier_phone"
    __table_args__ = (Index("ix_dossier_phone_dossier", "dossier_id"),)

    hash: bytes = Field(primary_key=True)
    dossier_id: str = Field(primary_key=True, foreign_key="dossier.id")
    role: str = Field(primary_key=True)


class StatusTable(SQLModel, table=True):
    __tablename__ = "dossier_status"

    dossier_id: str = Field(primary_key=True, foreign_key="dossier.id")
    status_at: datetime = Field(primary_key=True, sa_type=UtcTime)
    status: int = Field(primary_key=True)
    recorded_at: datetime = Field(sa_type=UtcTime)
    source_id: str
    unusual: bool = False  # a transition that the national list does not know


_dossier = table(DossierTable)
_name = table(NameTable)
_phone = table(PhoneTable)
_status = table(StatusTable)
_CLOSED = (3, 7, 8, 10)
_TURN = 0x4D43_0001  # PostgreSQL's advisory lock of the intake
_COLUMNS = (
    "id", "code", "status", "status_at", "agency", "procedure_code", "filing_channel", "source_id", "authority",
    "due_at", "owed", "owed_due_at", "pauses", "content", "sealed", "created_at", "changed_at",
)  # fmt: skip
_KEPT = {"id", "code", "created_at", "pauses", "authority"}
_CHANGES = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name not in _KEPT)
_PUT = Inserts(_dossier, _COLUMNS, f"ON CONFLICT (id) DO UPDATE SET {_CHANGES}")
_NAMES = Inserts(_name, ("name", "dossier_id"))
_PHONES = Inserts(_phone, ("hash", "dossier_id", "role"))
_RECORD = Inserts(
    _status,
    ("dossier_id", "status", "status_at", "recorded_at", "source_id", "unusual"),
    "ON CONFLICT (dossier_id, status_at, status) DO NOTHING",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A stored dossier, still sealed: enough to see whether anything changed."""

    id: str
    code: str
    agency: str
    content: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A stored dossier, opened."""

    id: str
    dossier: Dossier
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A dossier to be written whole under this id; `names` are all others that it may be found by.

    `new`: nothing stands under this id, so that nothing is to be cleared away first.
    """

    id: str
    dossier: Dossier
    names: tuple[str, ...] = ()
    new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One status that was reported of a dossier."""

    dossier_id: str
    status: int
    status_at: datetime
    source_id: str
    recorded_at: datetime
    unusual: bool = False


class Dossiers:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self.new_id = ids
        self.guesses = Guesses(seal)
        self.sources = Sources()

    async def turn(self, tx: Tx) -> None:
        """One intake at a time, until the transaction ends; on SQLite the writer is alone anyway.

        Two batches with the same people in another order would otherwise lock each other's rows.
        """
        if tx.dialect.name == "postgresql":
            await tx.execute(select(func.pg_advisory_xact_lock(_TURN)))

    async def standing(self, tx: Tx, codes: Collection[str]) -> dict[str, Standing]:
        """The dossiers of these codes as they stand. Served by the unique index on code."""
        rows = await run(tx, _standing, {"codes": packed_texts(codes)})
        return {
            row.code: Standing(id=row.id, code=row.code, agency=row.agency, content=row.content, sealed=row.sealed)
            for row in rows
        }

    def opened(self, standing: Standing) -> Dossier:
        return from_data(self._seal.open_data("dossier.sealed", standing.id, standing.sealed))

    def content(self, dossier: Dossier) -> bytes:
        """A keyed hash over everything that a source says of a dossier."""
        return self._content(as_text(dossier))

    def _content(self, text: str) -> bytes:
        return self._seal.hash("dossier.content", text)

    async def seen(self, tx: Tx, dossier_ids: Collection[str]) -> dict[str, set[tuple[int, datetime]]]:
        """Every (status, status_at) that was ever reported, by dossier. Served by the primary key."""
        found: dict[str, set[tuple[int, datetime]]] = {dossier_id: set() for dossier_id in dossier_ids}
        if found:
            for row in await run(tx, _seen, {"ids": packed_texts(found)}):
                found[row.dossier_id].add((row.status, row.status_at))
        return found

    async def put(self, tx: Tx, writings: Sequence[Writing], at: datetime) -> None:
        """Writes dossiers whole, new or known: at most five statements whatever the batch's size."""
        if not writings:
            return
        await _PUT.write(tx, [self._row(writing, at) async for writing in breaths(writings)])
        if known := [writing.id for writing in writings if not writing.new]:
            for clear in _clears(dialect_of(tx)):
                await tx.execute(clear, {"ids": packed_texts(known)})
        await _NAMES.write(tx, [(name, one.id) for one in writings for name in dict.fromkeys(one.names)])
        await _PHONES.write(tx, [phone async for writing in breaths(writings) for phone in self._phones(writing)])

    async def record(self, tx: Tx, moves: Iterable[Moved]) -> None:
        """Adds statuses to the history; one that stands there already is left as it is."""
        rows = [(m.dossier_id, m.status, m.status_at, m.recorded_at, m.source_id, m.unusual) for m in moves]
        await _RECORD.write(tx, rows)

    async def get(self, tx: Tx, dossier_id: str) -> Stored | None:
        return await self._one(tx, select(_dossier).where(_dossier.c.id == dossier_id))

    async def find(self, tx: Tx, code: str, tail: str | None = None) -> Stored | None:
        """By its code; else by another name, or by the code from the province onward, when only one dossier has it.

        Served by the unique index on code and the primary key of `dossier_name`.
        """
        if found := await run(tx, _by_code, {"code": code}):
            return self._stored(found[0])
        names = {code, tail or code}
        by_code = select(_dossier.c.id).where(_dossier.c.code.in_(names))
        by_name = select(_name.c.dossier_id).where(_name.c.name.in_(names))
        named = (await tx.execute(by_code.union(by_name).limit(2))).scalars().all()
        return await self.get(tx, named[0]) if len(named) == 1 else None

    async def of_phone(self, tx: Tx, phone: str, limit: int = 100) -> list[tuple[Role, Stored]]:
        """Dossiers that carry this number, newest first, and in which role. Served by the primary key on hash."""
        query = (
            select(_dossier, _phone.c.role)
            .join(_phone, _phone.c.dossier_id == _dossier.c.id)
            .where(_phone.c.hash == self._seal.hash("phone", phone))
            .order_by(_dossier.c.status_at.desc(), _dossier.c.id)
            .limit(limit)
        )
        return [(row.role, self._stored(row)) for row in await tx.execute(query)]

    async def history(self, tx: Tx, dossier_id: str) -> list[Moved]:
        """Every status that was reported, oldest first."""
        query = select(_status).where(_status.c.dossier_id == dossier_id)
        rows = await tx.execute(query.order_by(_status.c.status_at, _status.c.recorded_at, _status.c.status))
        return [Moved(**row._asdict()) for row in rows]

    async def unpaid_due(self, tx: Tx, until: datetime, *, after: str = "", limit: int = 1000) -> list[Stored]:
        """Open dossiers with a sum unpaid and due by `until`, in pages of ids. Served by the partial index on it."""
        query = select(_dossier).where(_dossier.c.owed_due_at.is_not(None), _dossier.c.owed_due_at <= until)
        return await self._page(tx, query, after, limit)

    async def returned_between(
        self, tx: Tx, since: datetime, until: datetime, *, status: int = 10, after: str = "", limit: int = 1000
    ) -> list[Stored]:
        """Dossiers that came to this status in [since, until) and stand there, in pages of ids, by the status index."""
        query = select(_dossier).where(_dossier.c.status == status)
        query = query.where(_dossier.c.status_at >= since, _dossier.c.status_at < until)
        return await self._page(tx, query, after, limit)

    async def _page(self, tx: Tx, query: Select[Any], after: str, limit: int) -> list[Stored]:
        rows = await tx.execute(query.where(_dossier.c.id > after).order_by(_dossier.c.id).limit(limit))
        return [self._stored(row) for row in rows]

    async def _one(self, tx: Tx, query: Select[Any]) -> Stored | None:
        row = (await tx.execute(query)).one_or_none()
        return None if row is None else self._stored(row)

    def _stored(self, row: Row[Any]) -> Stored:
        data = self._seal.open_data("dossier.sealed", row.id, row.sealed)
        return Stored(id=row.id, dossier=from_data(data), changed_at=row.changed_at)

    def _row(self, writing: Writing, at: datetime) -> tuple[object, ...]:
        """In the order of `_COLUMNS`."""
        dossier = writing.dossier
        text = as_text(dossier)
        return (
            writing.id,
            dossier.code,
            dossier.status,
            dossier.status_at,
            dossier.agency.code,
            dossier.procedure_code,
            dossier.filing_channel,
            dossier.source_id,
            0,  # authority
            dossier.due_at,
            dossier.owed,
            None if dossier.status in _CLOSED else dossier.owed_due_at,
            "[]",  # pauses
            self._content(text),
            self._seal.seal("dossier.sealed", writing.id, text),
            at,
            at,
        )

    def _phones(self, writing: Writing) -> list[tuple[bytes, str, Role]]:
        parties: tuple[tuple[Role, Party | None], ...] = (
            ("applicant", writing.dossier.applicant),
            ("delegate", writing.dossier.delegate),
        )
        return [
            (self._seal.hash("phone", party.phone), writing.id, role)
            for role, party in parties
            if party is not None and party.phone
        ]


def _standing(dialect: Dialect) -> Select[Any]:
    columns = (_dossier.c.id, _dossier.c.code, _dossier.c.agency, _dossier.c.content, _dossier.c.sealed)
    return select(*columns).where(among(dialect, _dossier.c.code, "codes"))


def _by_code(_dialect: Dialect) -> Select[Any]:
    columns = (_dossier.c.id, _dossier.c.sealed, _dossier.c.changed_at)
    return select(*columns).where(_dossier.c.code == bindparam("code"))


def _seen(dialect: Dialect) -> Select[Any]:
    columns = (_status.c.dossier_id, _status.c.status, _status.c.status_at)
    return select(*columns).where(among(dialect, _status.c.dossier_id, "ids"))


@cache
def _clears(dialect: Dialect) -> tuple[Delete, ...]:
    """What forgets the other names and the phones of dossiers."""
    return tuple(delete(one).where(among(dialect, one.c.dossier_id, "ids")) for one in (_name, _phone))
