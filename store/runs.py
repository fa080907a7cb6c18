"""Runs of the clock's jobs: each due time is claimed once by a unique key; one process leads.

On PostgreSQL the leader holds a session advisory lock, which ends with its connection; on SQLite a row with an expiry.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Index, and_, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlmodel import Field, SQLModel

from store.columns import UtcTime, table
from store.database import Database, Tx
from store.ids import Ids
from store.personal import Seal


class RunTable(SQLModel, table=True):
    __tablename__ = "run"
    __table_args__ = (
        Index("uq_run_job_due", "job", "due_at", unique=True),
        Index(
            "ix_run_open", "id", sqlite_where=text("finished_at IS NULL"), postgresql_where=text("finished_at IS NULL")
        ),
    )

    id: str = Field(primary_key=True)
    job: str
    due_at: datetime = Field(sa_type=UtcTime)
    holder: str
    started_at: datetime = Field(sa_type=UtcTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcTime)
    ok: bool | None = None
    result: str = ""


class LeaderTable(SQLModel, table=True):
    """Who may run jobs, until when: SQLite only."""

    __tablename__ = "leader"

    name: str = Field(primary_key=True)
    holder: str
    expires_at: datetime = Field(sa_type=UtcTime)


_run = table(RunTable)
_leader = table(LeaderTable)
_LONGEST_RESULT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a job: when it was due, when it ran, what came of it. `ok` is None while it runs."""

    id: str
    job: str
    due_at: datetime
    holder: str
    started_at: datetime
    finished_at: datetime | None
    ok: bool | None
    result: str


class Runs:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._ids = ids

    async def claim(self, tx: Tx, job: str, due_at: datetime, holder: str, at: datetime) -> str | None:
        """The id of a run that is now ours; None when this due time was somebody's already. The unique key decides."""
        row = {"id": self._ids(), "job": job, "due_at": due_at, "holder": holder, "started_at": at, "result": ""}
        put = upsert(RunTable).on_conflict_do_nothing(index_elements=["job", "due_at"]).returning(_run.c.id)
        claimed: str | None = (await tx.execute(put.values(row))).scalar_one_or_none()
        return claimed

    async def finish(self, tx: Tx, run_id: str, at: datetime, *, ok: bool, result: str) -> None:
        """What came of it, in a sentence for the operator; nothing personal."""
        values = {"finished_at": at, "ok": ok, "result": result[:_LONGEST_RESULT]}
        await tx.execute(update(_run).where(_run.c.id == run_id).values(values))

    async def left_behind(self, tx: Tx, holder: str) -> list[Run]:
        """Runs that others began and never ended. Served by the partial index of open runs."""
        query = select(_run).where(_run.c.finished_at.is_(None), _run.c.holder != holder).order_by(_run.c.id)
        return [_read(row) for row in await tx.execute(query)]

    async def last(self, tx: Tx) -> Mapping[str, Run]:
        """The latest run of each job, by its due time. Served by the unique index on (job, due_at)."""
        newest = select(_run.c.job, func.max(_run.c.due_at).label("due_at")).group_by(_run.c.job).subquery()
        query = select(_run).join(newest, and_(_run.c.job == newest.c.job, _run.c.due_at == newest.c.due_at))
        return {row.job: _read(row) for row in await tx.execute(query)}


def _read(row: object) -> Run:
    return Run(**{name: getattr(row, name) for name in Run.__dataclass_fields__})


TERM = timedelta(seconds=8)
"""How long a leader that died on SQLite stands in the way of the next."""


class Leader:
    """One process at a time leads under a name. `hold` is called again and again, well within `term`."""

    def __init__(self, database: Database, name: str, holder: str, *, term: timedelta = TERM) -> None:
        self._database = database
        self._name = name
        self._holder = holder
        self._term = term
        self._session: AsyncExitStack | None = None
        self._connection: Tx | None = None

    async def hold(self, at: datetime) -> bool:
        """Whether we lead now: taken where nobody does, kept where it is ours already."""
        return await (self._hold_row(at) if self._database.dialect == "sqlite" else self._hold_lock())

    async def release(self) -> None:
        """Let the next one lead at once."""
        if self._database.dialect == "sqlite":
            async with self._database.transaction() as tx:
                mine = _leader.c.name == self._name, _leader.c.holder == self._holder
                await tx.execute(_leader.delete().where(*mine))
        elif self._connection is not None:
            try:
                await self._connection.execute(select(func.pg_advisory_unlock(func.hashtext(self._name))))
            except DBAPIError:  # the connection is gone, and the lock with it
                pass
            finally:
                await self._drop_session()

    async def _hold_row(self, at: datetime) -> bool:
        row = {"name": self._name, "holder": self._holder, "expires_at": at + self._term}
        put = upsert(LeaderTable).values(row)
        over = or_(_leader.c.expires_at <= at, _leader.c.expires_at > at + self._term)  # or the clock was put back
        free = or_(_leader.c.holder == self._holder, over)
        put = put.on_conflict_do_update(index_elements=["name"], set_=row, where=free)
        async with self._database.transaction() as tx:
            return (await tx.execute(put.returning(_leader.c.name))).scalar_one_or_none() is not None

    async def _hold_lock(self) -> bool:
        """The lock belongs to the session, so it stays through the rollback that keeps no transaction open."""
        try:
            if self._connection is not None:
                await self._connection.execute(select(1))
                await self._connection.rollback()
                return True
            return await self._take_lock()
        except (DBAPIError, OSError):
            await self._drop_session()
            return False

    async def _take_lock(self) -> bool:
        self._session = AsyncExitStack()
        self._connection = await self._session.enter_async_context(self._database.reading())
        taken = await self._connection.execute(select(func.pg_try_advisory_lock(func.hashtext(self._name))))
        leads = bool(taken.scalar_one())
        await self._connection.rollback()
        if not leads:
            await self._drop_session()
        return leads

    async def _drop_session(self) -> None:
        session, self._session, self._connection = self._session, None, None
        if session is not None:
            await session.aclose()
