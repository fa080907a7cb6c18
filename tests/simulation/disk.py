"""What outlives every process: one SQLite database in memory, one transaction at a time, in the order that chance says.

`Connection` is shaped as SQLAlchemy's aiosqlite dialect wants its connections, without threads: each call is a step
of the process that makes it.
"""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool, StaticPool

import store.nouns  # noqa: F401 (every table is known)
from store import sqlite
from store.columns import metadata
from store.database import Database, Tx
from tests.simulation.loop import VirtualLoop
from tests.simulation.process import Hazards, Process
from tests.simulation.trace import Trace

PATIENCE = 10.0
"""Seconds that a transaction waits for its turn, as `busy_timeout` says."""


def _fault() -> sqlite3.OperationalError:
    return sqlite3.OperationalError("disk I/O error")


class Disk:
    """The data, who holds them now, and who is told of each commit."""

    def __init__(self, empty: sqlite3.Connection, trace: Trace, chance: random.Random) -> None:
        self.sql = sqlite3.connect(":memory:", isolation_level=None, cached_statements=1000)
        empty.backup(self.sql)
        self.sql.create_function("hashtext", 1, len)  # PostgreSQL's words for a lock that nobody else can hold here
        self.sql.create_function("pg_try_advisory_xact_lock", 1, lambda _key: 1)
        self.trace = trace
        self.committed: Callable[[Process], None] = lambda _process: None
        self._changes = 0
        self._chance = chance
        self._holder: Connection | None = None
        self._waiting: list[tuple[Connection, asyncio.Future[None]]] = []

    async def begin(self, mine: "Connection") -> None:
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
                    raise sqlite3.OperationalError("database is locked") from None
                raise
        self._holder = mine
        self.trace(mine.process.name, "BEGIN")
        self.sql.execute("BEGIN IMMEDIATE")
        self._changes = self.sql.total_changes

    def holds(self, mine: "Connection") -> bool:
        """Whether this one's transaction is open."""
        return self._holder is mine and self.sql.in_transaction

    def commit(self, mine: "Connection") -> None:
        if self.holds(mine):
            self.sql.execute("COMMIT")
            if self.sql.total_changes != self._changes:
                self.committed(mine.process)
            self._next()

    def rollback(self, mine: "Connection") -> None:
        if self._holder is mine:
            if self.sql.in_transaction:
                self.sql.execute("ROLLBACK")
            self._next()

    def close(self) -> None:
        self.sql.close()

    def _next(self) -> None:
        self._holder = None
        open_ = [each for each in self._waiting if not each[1].done()]
        if open_:
            mine, turn = self._chance.choice(open_)
            self._holder = mine
            turn.set_result(None)


class Cursor(sqlite.Cursor):
    """The house's own, but each statement is a step at which anything may happen."""

    def __init__(self, connection: "Connection") -> None:
        super().__init__(connection, connection.disk.sql.cursor())
        self._from = connection

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> "Cursor":
        if statement.startswith("BEGIN"):
            self._from.process.alive()
            await self._from.disk.begin(self._from)
            return self
        await self._from.step(partial(self._cursor.execute, statement, parameters), statement)
        return self

    async def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> "Cursor":
        await self._from.step(partial(self._cursor.executemany, statement, rows), statement)
        return self


class Connection:
    """One process's way to the disk, for one transaction."""

    def __init__(self, disk: Disk, process: Process) -> None:
        self.disk = disk
        self.process = process
        self._connection = True  # what the dialect looks at: open
        process.at_death.append(self.stop)

    def cursor(self) -> Cursor:
        return Cursor(self)

    async def execute_fetchall(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        return await (await self.cursor().execute(statement, parameters)).fetchall()

    async def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        await self.cursor().executemany(statement, rows)

    async def step(self, effect: Callable[[], Any], statement: str) -> None:
        self.disk.trace(self.process.name, _short(statement))
        await self.process.step(effect, _fault)

    async def commit(self) -> None:
        if self.disk.holds(self):
            self.disk.trace(self.process.name, "COMMIT")
            await self.process.step(partial(self.disk.commit, self), _fault, can_be_unheard=True)

    async def rollback(self) -> None:
        self.disk.rollback(self)

    async def create_function(self, *_arguments: Any, **_named: Any) -> None:
        """The dialect's regular expressions, which nobody here uses."""

    async def close(self) -> None:
        self.stop()

    def stop(self) -> None:
        """Given up, or dead: what was open is undone."""
        self.disk.rollback(self)
        self._connection = False
        if self.stop in self.process.at_death:
            self.process.at_death.remove(self.stop)


class Disks(Database):
    """The real `Database` to whoever uses it, over the disk of the moment.

    There is one for all simulations of a Python process, so that each statement is compiled once and not once a seed.
    """

    def __init__(self) -> None:
        super().__init__("sqlite:///:memory:")
        self.disk: Disk | None = None
        self._empty = sqlite3.connect(":memory:")
        metadata.create_all(create_engine("sqlite://", creator=lambda: self._empty, poolclass=StaticPool))
        self._empty.commit()
        self._engine = create_async_engine(
            "sqlite+aiosqlite:///simulation", connect_args={"async_creator_fn": self._connect}, poolclass=NullPool
        )
        event.listen(self._engine.sync_engine, "begin", _begun)
        self._warm()

    def new(self, trace: Trace, chance: random.Random) -> Disk:
        """An empty disk, with the schema as the models have it, from now on the one in use."""
        self.disk = Disk(self._empty, trace, chance)
        return self.disk

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        async with self._engine.begin() as tx:
            yield tx

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        async with self._engine.connect() as tx:
            yield tx

    def _warm(self) -> None:
        """SQLAlchemy asks a few things on its first connection alone: not in the first simulation."""

        async def look() -> None:
            async with self.reading():
                pass

        loop = VirtualLoop(born=Process.adopt)
        disk = self.new(Trace(loop.time), random.Random(0))
        loop.run_until_complete(Process("first", loop, random.Random(0), Hazards()).spawn(look()))
        loop.close()
        disk.close()

    async def _connect(self, *_arguments: Any, **_named: Any) -> Connection:
        assert self.disk is not None
        return Connection(self.disk, Process.current.get())


def _begun(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _short(statement: str) -> str:
    """Enough of it to know it again."""
    words = statement.split(None, 3)
    at = statement.find("FROM ")
    return " ".join(words[:3])[:50] + (f" … {statement[at : at + 20]}" if at > 0 else "")
