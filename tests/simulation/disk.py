"""What outlives every process: one SQLite database in memory, one transaction at a time, in the order that chance says.

`Turn` is to the house what an `AsyncConnection` is, without greenlets or threads: each statement is one step of the
process that makes it, and the statement itself runs at once.
"""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool, StaticPool

import store.nouns  # noqa: F401 (every table is known)
from store.columns import metadata
from store.database import Database, Tx
from tests.simulation.process import Process
from tests.simulation.trace import Trace

PATIENCE = 10.0
"""Seconds that a transaction waits for its turn, as `busy_timeout` says."""


def _fault(why: str = "disk I/O error") -> OperationalError:
    """As the house would get it, from whichever database."""
    return OperationalError(None, None, sqlite3.OperationalError(why))


class Disk:
    """The data, who holds them now, and who is told of each commit."""

    def __init__(self, core: Connection, sql: sqlite3.Connection, trace: Trace, chance: random.Random) -> None:
        self.sql = sql
        self.core = core
        self.trace = trace
        self.committed: Callable[[Process], None] = lambda _process: None
        self._changes = 0
        self._chance = chance
        self._holder: Turn | None = None
        self._waiting: list[tuple[Turn, asyncio.Future[None]]] = []

    async def begin(self, mine: "Turn") -> None:
        """Waits for its turn. Raises OperationalError when it has waited too long."""
        if self._holder is not None:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((mine, turn))
            try:
                async with asyncio.timeout(PATIENCE):
                    await turn
            except BaseException as why:
                self._waiting = [waiting for waiting in self._waiting if waiting[0] is not mine]
                if self._holder is mine:
                    self._next()
                if isinstance(why, TimeoutError):
                    self.trace(mine.process.name, "locked out")
                    raise _fault("database is locked") from None
                raise
        self._holder = mine
        self.trace(mine.process.name, "BEGIN")
        self.sql.execute("BEGIN IMMEDIATE")
        self._changes = self.sql.total_changes

    def holds(self, mine: "Turn") -> bool:
        """Whether this one's transaction is open."""
        return self._holder is mine and self.sql.in_transaction

    def commit(self, mine: "Turn") -> None:
        if self.holds(mine):
            self.sql.execute("COMMIT")
            if self.sql.total_changes != self._changes:
                self.committed(mine.process)
            self._next()

    def rollback(self, mine: "Turn") -> None:
        if self._holder is mine:
            if self.sql.in_transaction:
                self.sql.execute("ROLLBACK")
            self._next()

    def close(self) -> None:
        self.core.close()

    def _next(self) -> None:
        self._holder = None
        open_ = [each for each in self._waiting if not each[1].done()]
        if open_:
            mine, turn = self._chance.choice(open_)
            self._holder = mine
            turn.set_result(None)


class Turn:
    """One process's transaction."""

    def __init__(self, disk: Disk, process: Process) -> None:
        self.dialect = disk.core.dialect
        self.disk = disk
        self.process = process
        self.sync_connection = SimpleNamespace(connection=SimpleNamespace(driver_connection=self))
        """Where `store.prepared` looks for the driver."""

    def in_transaction(self) -> bool:
        return True

    async def begin(self) -> None:
        self.process.alive()
        self.process.at_death.append(self.end)
        await self.disk.begin(self)

    async def execute(self, statement: Any, parameters: Any = None) -> CursorResult[Any]:
        """One step, at which anything may happen."""
        return await self.process.step(partial(self._executed, statement, parameters), _fault)

    async def execute_fetchall(self, statement: str, values: Sequence[Any]) -> list[Any]:
        """The driver's part: a step too."""
        self.disk.trace(self.process.name, _short(statement))
        return await self.process.step(lambda: self.disk.sql.execute(statement, values).fetchall(), _fault)

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> int:
        self.disk.trace(self.process.name, _short(statement))
        return await self.process.step(lambda: self.disk.sql.executemany(statement, rows).rowcount, _fault)

    async def commit(self) -> None:
        if self.disk.holds(self):
            self.disk.trace(self.process.name, "COMMIT")
            await self.process.step(partial(self.disk.commit, self), _fault, can_be_unheard=True)

    def end(self) -> None:
        """Over, given up, or dead: what is not committed is undone."""
        self.disk.rollback(self)
        if self.end in self.process.at_death:
            self.process.at_death.remove(self.end)

    def _executed(self, statement: Any, parameters: Any) -> CursorResult[Any]:
        result = self.disk.core.execute(statement, parameters)
        self.disk.trace(self.process.name, _short(result.context.statement))
        return result


class Disks(Database):
    """The real `Database` to whoever uses it, over the disk of the moment.

    There is one for all simulations of a Python process, so that each statement is compiled once and not once a seed.
    """

    def __init__(self) -> None:
        super().__init__("sqlite:///:memory:")
        self.disk: Disk | None = None
        self._sql = self._empty = _memory()
        metadata.create_all(create_engine("sqlite://", creator=lambda: self._empty, poolclass=StaticPool))
        self._engine = create_engine(  # the disk itself begins and ends transactions
            "sqlite://", creator=lambda: self._sql, poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )

    def new(self, trace: Trace, chance: random.Random) -> Disk:
        """An empty disk, with the schema as the models have it, from now on the one in use."""
        self._sql = _memory()
        self._empty.backup(self._sql)
        self.disk = Disk(self._engine.connect(), self._sql, trace, chance)
        return self.disk

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        turn = self._turn()
        try:
            await turn.begin()
            yield cast(Tx, turn)
            await turn.commit()
        finally:
            turn.end()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        turn = self._turn()
        try:
            await turn.begin()
            yield cast(Tx, turn)
        finally:
            turn.end()

    def _turn(self) -> Turn:
        assert self.disk is not None
        return Turn(self.disk, Process.current.get())


def _memory() -> sqlite3.Connection:
    sql = sqlite3.connect(":memory:", isolation_level=None, cached_statements=1000)
    sql.create_function("hashtext", 1, len)  # PostgreSQL's words for a lock that nobody else can hold here
    sql.create_function("pg_try_advisory_xact_lock", 1, lambda _key: 1)
    return sql


def _short(statement: str) -> str:
    """Enough of it to know it again."""
    words = statement.split(None, 3)
    at = statement.find("FROM ")
    return " ".join(words[:3])[:50] + (f" … {statement[at : at + 20]}" if at > 0 else "")
