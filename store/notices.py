"""Bulk notices (thông báo hàng loạt) and their rows: a row is a person of the uploaded sheet, sealed, planned once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, bindparam, func, select, text, update
from sqlalchemy import Row as SqlRow
from sqlmodel import Field, SQLModel

from store.columns import Json, Sealed, UtcTime, table
from store.database import Tx
from store.dossiers import DossierTable
from store.ids import Ids
from store.outbox.tables import State as Outgoing
from store.outbox.tables import queue
from store.personal import Seal

_BATCH = 1_000


class State(StrEnum):
    """How far a notice has come. `CHECKED` may be sent or submitted; `DONE` and `CANCELLED` are the ends."""

    DRAFT = "draft"
    CHECKED = "checked"
    SUBMITTED = "submitted"
    SENDING = "sending"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class NoticeTable(SQLModel, table=True):
    __tablename__ = "notice"
    __table_args__ = (Index(None, "agency", "id"), Index(None, "file"))

    id: str = Field(primary_key=True)
    sealed: bytes = Field(sa_type=Sealed)  # title, file name, reason of a return: what people wrote
    template: str
    state: str
    agency: str | None = None
    author: str  # a staff id
    created_at: datetime = Field(sa_type=UtcTime)
    file: bytes  # keyed hash of the uploaded bytes
    channel: str | None = None
    again: bool = False  # the author wants rows that were sent before to be sent again
    columns: Any = Field(sa_type=Json)  # [[letter, key, title], …]
    total: int = 0
    right: int = 0
    mended: int = 0
    submitted_at: datetime | None = Field(default=None, sa_type=UtcTime)
    approver: str | None = None
    approved_at: datetime | None = Field(default=None, sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)


class NoticeRowTable(SQLModel, table=True):
    __tablename__ = "notice_row"
    __table_args__ = (
        Index("uq_notice_row_notice_number", "notice_id", "number", unique=True),
        Index("ix_notice_row_key", "key"),
        Index(
            "ix_notice_row_open",
            "notice_id",
            "number",
            sqlite_where=text("wrong = 0 AND planned_at IS NULL"),
            postgresql_where=text("NOT wrong AND planned_at IS NULL"),
        ),
        Index(
            "ix_notice_row_wrong",
            "notice_id",
            "number",
            sqlite_where=text("wrong = 1"),
            postgresql_where=text("wrong"),
        ),
    )

    id: str = Field(primary_key=True)
    notice_id: str = Field(foreign_key="notice.id")
    number: int  # as Excel shows it
    dossier_id: str | None = None
    key: bytes  # keyed hash of what is said to whom: found again in a later sheet
    sealed: bytes = Field(sa_type=Sealed)  # the cells, and what is wrong with which
    wrong: bool
    mended: bool = False
    codes: str = ""  # the reasons' codes between spaces: " phone amount "
    planned_at: datetime | None = Field(default=None, sa_type=UtcTime)
    outcome: str | None = None  # what planning came to


_notice = table(NoticeTable)
_row = table(NoticeRowTable)
_dossier = table(DossierTable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What people wrote about a notice."""

    title: str
    filename: str
    returned_why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One bulk notice."""

    id: str
    words: Words
    template: str
    state: State
    agency: str | None
    author: str
    created_at: datetime
    channel: str | None
    again: bool
    columns: tuple[tuple[str, str, str], ...]
    total: int
    right: int
    mended: int
    submitted_at: datetime | None
    approver: str | None
    approved_at: datetime | None
    ended_at: datetime | None

    @property
    def wrong(self) -> int:
        return self.total - self.right


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One wrong cell: the reason's code, the column it stands in, and the sentence for whoever mends it."""

    code: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One row of the sheet. `said` is what the keyed hash is made of; empty for a wrong row."""

    number: int
    cells: Mapping[str, str]
    said: str = ""
    faults: tuple[Fault, ...] = ()
    mended: bool = False
    dossier_id: str | None = None
    id: str = ""
    planned_at: datetime | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A checked sheet, about to be kept."""

    words: Words
    data: bytes = field(repr=False)
    template: str
    columns: Sequence[tuple[str, str, str]]
    rows: Sequence[NoticeRow]
    channel: str | None = None
    again: bool = False


class Notices:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def put(self, tx: Tx, sheet: Checked, *, author: str, agency: str | None, at: datetime) -> Notice:
        """A checked notice with all its rows, a thousand a statement."""
        notice_id = self._ids()
        right = sum(not row.faults for row in sheet.rows)
        record = {
            "id": notice_id,
            "sealed": self._seal_words(notice_id, sheet.words),
            "template": sheet.template,
            "state": State.CHECKED.value,
            "agency": agency,
            "author": author,
            "created_at": at,
            "file": self._seal.hash("notice.file", sheet.data.hex()),
            "channel": sheet.channel,
            "again": sheet.again,
            "columns": [list(column) for column in sheet.columns],
            "total": len(sheet.rows),
            "right": right,
            "mended": sum(row.mended for row in sheet.rows if not row.faults),
        }
        await tx.execute(_notice.insert(), record)
        for start in range(0, len(sheet.rows), _BATCH):
            rows = [self._record(notice_id, row) for row in sheet.rows[start : start + _BATCH]]
            await tx.execute(_row.insert(), rows)
        found = await self.get(tx, notice_id)
        assert found is not None  # noqa: S101
        return found

    async def get(self, tx: Tx, notice_id: str, *, lock: bool = False) -> Notice | None:
        """By primary key; `lock` holds the row to the end of the transaction, so that one hand at a time moves it."""
        query = select(_notice).where(_notice.c.id == notice_id)
        row = (await tx.execute(query.with_for_update() if lock else query)).one_or_none()
        return None if row is None else self._notice(row)

    async def newest(
        self, tx: Tx, *, agency: str | None = None, states: Iterable[State] = (), limit: int = 50
    ) -> list[Notice]:
        """The newest first; of one agency, or of all. Ids are in order of time."""
        query = select(_notice).order_by(_notice.c.id.desc()).limit(limit)
        if agency is not None:
            query = query.where(_notice.c.agency == agency)
        if wanted := [state.value for state in states]:
            query = query.where(_notice.c.state.in_(wanted))
        return [self._notice(row) for row in await tx.execute(query)]

    async def same_file(self, tx: Tx, data: bytes, *, agency: str | None) -> Notice | None:
        """The newest notice that went out, or is about to, from the very same file. Served by the index on file."""
        query = select(_notice).where(
            _notice.c.file == self._seal.hash("notice.file", data.hex()),
            _notice.c.state.in_([State.SUBMITTED.value, State.SENDING.value, State.PAUSED.value, State.DONE.value]),
        )
        if agency is not None:
            query = query.where(_notice.c.agency == agency)
        row = (await tx.execute(query.order_by(_notice.c.id.desc()).limit(1))).one_or_none()
        return None if row is None else self._notice(row)

    async def said_before(self, tx: Tx, said: Sequence[str], *, since: datetime) -> dict[str, datetime]:
        """Which of these were planned since then, and when: a row is not sent twice. Served by the index on key."""
        found: dict[str, datetime] = {}
        for start in range(0, len(said), _BATCH):
            by_key = {self._key(text): text for text in said[start : start + _BATCH]}
            query = select(_row.c.key, func.max(_row.c.planned_at).label("at")).where(
                _row.c.key.in_(by_key), _row.c.planned_at >= since
            )
            rows = await tx.execute(query.group_by(_row.c.key))
            found |= {by_key[bytes(row.key)]: row.at for row in rows}
        return found

    async def dossiers(self, tx: Tx, codes: Sequence[str], *, agency: str | None) -> dict[str, tuple[str, int]]:
        """Of these codes, the dossiers that exist (in this agency): id and sum owed. By the unique index on code."""
        found: dict[str, tuple[str, int]] = {}
        for start in range(0, len(codes), _BATCH):
            query = select(_dossier.c.code, _dossier.c.id, _dossier.c.owed)
            query = query.where(_dossier.c.code.in_(codes[start : start + _BATCH]))
            if agency is not None:
                query = query.where(_dossier.c.agency == agency)
            found |= {row.code: (row.id, row.owed) for row in await tx.execute(query)}
        return found

    async def move(self, tx: Tx, notice_id: str, state: State, **values: Any) -> None:
        """Into another state, with what goes with it (submitted_at, approver, approved_at, ended_at)."""
        change = update(_notice).where(_notice.c.id == notice_id)
        await tx.execute(change.values(state=state.value, **values))

    async def rewrite(self, tx: Tx, notice_id: str, words: Words) -> None:
        change = update(_notice).where(_notice.c.id == notice_id)
        await tx.execute(change.values(sealed=self._seal_words(notice_id, words)))

    async def unplanned(self, tx: Tx, notice_id: str, limit: int = _BATCH) -> list[NoticeRow]:
        """The next right rows that were not planned yet, in order. By an index on (notice_id, number)."""
        query = select(_row).where(_row.c.notice_id == notice_id, ~_row.c.wrong, _row.c.planned_at.is_(None))
        rows = await tx.execute(query.order_by(_row.c.number).limit(limit))
        return [self._opened(row) for row in rows]

    async def planned(self, tx: Tx, outcomes: Mapping[str, str], at: datetime) -> None:
        """These rows were planned, each with its outcome."""
        if outcomes:
            change = update(_row).where(_row.c.id == bindparam("_id"))
            change = change.values(planned_at=at, outcome=bindparam("_outcome"))
            await tx.execute(change, [{"_id": row_id, "_outcome": outcome} for row_id, outcome in outcomes.items()])

    async def hold(self, tx: Tx, notice_id: str) -> int:
        """What is queued of a paused notice waits until its life ends; how many. Served by ix_queue_notice."""
        waiting = (queue.c.notice_id == notice_id) & (queue.c.state == Outgoing.WAITING.value)
        return (await tx.execute(update(queue).where(waiting).values(due_at=queue.c.expires_at))).rowcount

    async def release(self, tx: Tx, notice_id: str, due_at: datetime) -> int:
        """What was held may leave from this moment; how many."""
        waiting = (queue.c.notice_id == notice_id) & (queue.c.state == Outgoing.WAITING.value)
        return (await tx.execute(update(queue).where(waiting).values(due_at=due_at))).rowcount

    async def wrong_rows(
        self, tx: Tx, notice_id: str, *, code: str | None = None, after: int = 0, skip: int = 0, limit: int = _BATCH
    ) -> list[NoticeRow]:
        """Wrong rows in the sheet's order, of one reason if `code` is given. By an index on (notice_id, number)."""
        query = select(_row).where(_row.c.notice_id == notice_id, _row.c.wrong, _row.c.number > after)
        if code is not None:
            query = query.where(_row.c.codes.contains(f" {code} ", autoescape=True))
        rows = await tx.execute(query.order_by(_row.c.number).offset(skip).limit(limit))
        return [self._opened(row) for row in rows]

    async def right_rows(self, tx: Tx, notice_id: str, *, skip: int = 0, limit: int = 5) -> list[NoticeRow]:
        """Right rows in the sheet's order, for a preview."""
        query = select(_row).where(_row.c.notice_id == notice_id, ~_row.c.wrong)
        return [self._opened(row) for row in await tx.execute(query.order_by(_row.c.number).offset(skip).limit(limit))]

    async def reasons(self, tx: Tx, notice_id: str) -> dict[str, int]:
        """How many wrong rows have each reason. One statement, grouped by the rows' whole set of codes."""
        query = select(_row.c.codes, func.count().label("n")).where(_row.c.notice_id == notice_id, _row.c.wrong)
        counts: dict[str, int] = {}
        for row in await tx.execute(query.group_by(_row.c.codes)):
            for code in row.codes.split():
                counts[code] = counts.get(code, 0) + row.n
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    async def outcomes(self, tx: Tx, notice_id: str) -> dict[str | None, int]:
        """What planning the right rows came to; None counts those not planned yet."""
        query = select(_row.c.outcome, func.count().label("n")).where(_row.c.notice_id == notice_id, ~_row.c.wrong)
        return {row.outcome: row.n for row in await tx.execute(query.group_by(_row.c.outcome))}

    def _record(self, notice_id: str, row: NoticeRow) -> dict[str, Any]:
        row_id = self._ids()
        data = {"cells": dict(row.cells), "faults": [[fault.code, fault.key, fault.reason] for fault in row.faults]}
        codes = dict.fromkeys(fault.code for fault in row.faults)
        return {
            "id": row_id,
            "notice_id": notice_id,
            "number": row.number,
            "dossier_id": row.dossier_id,
            "key": self._key(row.said or row_id),
            "sealed": self._seal.seal_data("notice_row.sealed", row_id, data),
            "wrong": bool(row.faults),
            "mended": row.mended,
            "codes": f" {' '.join(codes)} " if codes else "",
        }

    def _key(self, said: str) -> bytes:
        return self._seal.hash("notice_row.key", said)

    def _seal_words(self, notice_id: str, words: Words) -> bytes:
        data = {name: getattr(words, name) for name in ("title", "filename", "returned_why")}
        return self._seal.seal_data("notice.sealed", notice_id, data)

    def _notice(self, row: SqlRow[Any]) -> Notice:
        known = dict(row._mapping)
        words = Words(**self._seal.open_data("notice.sealed", row.id, known.pop("sealed")))
        columns = tuple((letter, key, title) for letter, key, title in known.pop("columns"))
        known.pop("file")
        return Notice(**known | {"words": words, "columns": columns, "state": State(row.state)})

    def _opened(self, row: SqlRow[Any]) -> NoticeRow:
        data = self._seal.open_data("notice_row.sealed", row.id, row.sealed)
        return NoticeRow(
            id=row.id,
            number=row.number,
            cells=data["cells"],
            faults=tuple(Fault(code=code, key=key, reason=reason) for code, key, reason in data["faults"]),
            mended=row.mended,
            dossier_id=row.dossier_id,
            planned_at=row.planned_at,
            outcome=row.outcome,
        )
