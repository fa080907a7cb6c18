"""SQLite's one writer, driven from the event loop itself: only what takes long (COMMIT, many rows) goes to a thread.

A hop to a thread and back costs more than most statements, and there are three of them a statement in aiosqlite.
No statement waits for a lock here: BEGIN IMMEDIATE has taken it before the first one runs, and BEGIN itself is tried
again and again while the loop turns.  Shaped as SQLAlchemy's aiosqlite dialect wants its connections.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")
PATIENCE = 10.0
"""Seconds that BEGIN waits for another process to end its own transaction."""

FEW = 300
"""Rows that are written in a millisecond or two: going to a thread and back would take longer."""

_LONG = ("PRAGMA", "VACUUM", "ANALYZE")
"""Statements that may look at the whole database."""


class Cursor:
    """One statement and its rows."""

    arraysize = 1

    def __init__(self, connection: "Connection", cursor: sqlite3.Cursor) -> None:
        self._connection = connection
        self._cursor = cursor

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    async def __aenter__(self) -> "Cursor":
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> "Cursor":
        if statement.startswith("BEGIN"):
            await self._begin(statement)
        elif statement.startswith(_LONG):
            await self._connection.away(self._cursor.execute, statement, parameters)
        else:
            self._cursor.execute(statement, parameters)
        return self

    async def _begin(self, statement: str) -> None:
        loop = asyncio.get_running_loop()
        end, pause = loop.time() + PATIENCE, 0.001
        while True:
            try:
                self._cursor.execute(statement)
            except sqlite3.OperationalError as why:
                if why.sqlite_errorcode != sqlite3.SQLITE_BUSY or loop.time() > end:
                    raise
            else:
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, 0.02)

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> "Cursor":
        await self._connection.many(self._cursor.executemany, statement, rows)
        return self

    async def fetchone(self) -> Any:
        return self._cursor.fetchone()

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        return self._cursor.fetchmany(self.arraysize if size is None else size)

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        self._cursor.close()


class Connection:
    """A connection and the one thread where it waits."""

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._connection: sqlite3.Connection | None = connection
        self._thread = thread

    def cursor(self) -> Cursor:
        return Cursor(self, self._open().cursor())

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Cursor:
        return await self.cursor().execute(statement, parameters)

    async def execute_fetchall(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """A statement's rows, without a cursor that anybody would hold."""
        return self._open().execute(statement, parameters).fetchall()

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> int:
        """How many rows were written."""
        return (await self.many(self._open().executemany, statement, rows)).rowcount

    async def many(
        self,
        run: Callable[[str, Sequence[Sequence[Any]]], sqlite3.Cursor],
        statement: str,
        rows: Sequence[Sequence[Any]],
    ) -> sqlite3.Cursor:
        """In the thread, unless there are few."""
        return run(statement, rows) if len(rows) <= FEW else await self.away(run, statement, rows)

    async def commit(self) -> None:
        await self.away(self._open().commit)

    async def rollback(self) -> None:
        """Each time the pool takes the connection back too, when there is mostly nothing to roll back."""
        if self._open().in_transaction:
            await self.away(self._open().rollback)

    async def create_function(self, *arguments: Any, **named: Any) -> None:
        self._open().create_function(*arguments, **named)

    async def close(self) -> None:
        if self._connection is not None:
            await self.away(self._connection.close)
        self.stop()

    def stop(self) -> None:
        """Give the connection up without waiting; SQLite rolls back what was open."""
        self._connection = None
        self._thread.shutdown(wait=False)

    async def away(self, work: Callable[..., T], *arguments: Any) -> T:
        """In the thread. Cut off, it still waits for its end: two threads never use the connection at once."""
        job = asyncio.get_running_loop().run_in_executor(self._thread, partial(work, *arguments))
        try:
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            await asyncio.wait({job})
            raise

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
        return self._connection


async def connect(database: str, **settings: Any) -> Connection:
    """What the dialect's `async_creator_fn` is: the connection is opened in the thread in which it will wait."""
    thread = ThreadPoolExecutor(1, "sqlite")
    ours = {"check_same_thread": False, "isolation_level": None, "timeout": 0}
    opened = partial(sqlite3.connect, database, **(settings | ours))
    return Connection(await asyncio.get_running_loop().run_in_executor(thread, opened), thread)


Driver = Callable[..., Awaitable[Any]]
"""What opens a connection, as SQLAlchemy asks for it."""
