"""Opens the database and hands out transactions: SQLite (WAL, FULL, one writer) or PostgreSQL, by the URL alone."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool, StaticPool

from store.checkpoint import Checkpoints
from store.sqlite import Driver, connect

Tx = AsyncConnection
"""An open transaction, passed down by the caller so that two rooms' writes can be one."""

Dialect = Literal["sqlite", "postgresql"]
T = TypeVar("T")
PATIENCE = 120
"""Seconds that one statement may take on PostgreSQL: a server that vanished without a word is noticed then."""


def pages(items: Iterable[T], size: int = 5_000) -> Iterator[list[T]]:
    """Items in lists of at most `size`: a statement binds 32,766 values on SQLite and 32,767 on PostgreSQL."""
    rest = iter(items)
    while page := list(islice(rest, size)):
        yield page


async def breaths(items: Iterable[T], size: int = 100) -> AsyncIterator[T]:
    """Items one by one, with a turn of the event loop after every `size`: a citizen who writes does not wait for all.

    For work of some ten microseconds an item.
    """
    for number, page in enumerate(pages(items, size)):
        if number:
            await asyncio.sleep(0)
        for item in page:
            yield item


def storable(text: str, longest: int) -> str:
    """Text from outside as a column takes it: no NUL (PostgreSQL refuses it), no half of a surrogate pair, bounded."""
    if not text:
        return text
    return text[:longest].replace("\0", "").encode("utf-8", "ignore").decode()


class BadUrl(ValueError):
    """`[database] url` must begin with sqlite:/// or postgresql://."""


def engine_url(url: str) -> URL:
    """`sqlite:///path` or libpq's `postgresql://h1:5432,h2:5432/db?…` as SQLAlchemy wants it."""
    if url.startswith("sqlite://"):
        return URL.create("sqlite+aiosqlite", database=url.removeprefix("sqlite:///") or ":memory:")
    if not url.startswith(("postgresql://", "postgres://")):
        raise BadUrl(str(BadUrl.__doc__))
    parts = urlsplit(url)
    credentials, _, hosts = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    query: dict[str, Any] = dict(parse_qsl(parts.query))
    names = [host for host in hosts.split(",") if host]
    if len(names) == 1:
        name, _, port = names[0].partition(":")
        where: dict[str, Any] = {"host": name or None, "port": int(port) if port else None}
    else:
        where = {}
        if names:
            query["host"] = tuple(host if ":" in host else f"{host}:5432" for host in names)
    return URL.create(
        "postgresql+asyncpg",
        username=user or None,
        password=password or None,
        database=parts.path.lstrip("/") or None,
        query=query,
        **where,
    )


class Database:
    """One database. `transaction()` writes, `reading()` only reads; neither is ever open while a provider is called."""

    def __init__(self, url: str, *, connections: int = 10) -> None:
        self.url = engine_url(url)
        self.dialect: Dialect = "sqlite" if self.url.get_backend_name() == "sqlite" else "postgresql"
        self._connections = connections
        self._writer: AsyncEngine | None = None
        self._reader: AsyncEngine | None = None
        self._checkpoints: Checkpoints | None = None

    async def open(self) -> None:
        if self.dialect == "postgresql":
            self._writer = self._reader = create_async_engine(
                self.url,
                pool_size=self._connections,
                max_overflow=5,
                pool_pre_ping=True,
                connect_args={"timeout": 10, "command_timeout": PATIENCE},
            )
            return
        if self.url.database == ":memory:":
            self._writer = self._reader = _sqlite(self.url, connect, poolclass=StaticPool)
            return
        self._writer = _sqlite(self.url, connect, pool_size=1, max_overflow=0, pool_timeout=60)
        self._reader = _sqlite(self.url, None, pool_size=4, max_overflow=4)
        self._checkpoints = Checkpoints(Path(self.url.database or ""))
        self._checkpoints.begin()

    async def close(self) -> None:
        if self._checkpoints is not None:
            await self._checkpoints.end()
            self._checkpoints = None
        for engine in {self._writer, self._reader}:
            if engine is not None:
                await _returned(engine)
                await engine.dispose()
        self._writer = self._reader = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """All that is written inside is written together, durably, or not at all."""
        assert self._writer is not None, "the database is not open"  # noqa: S101
        async with self._writer.begin() as tx:
            yield tx

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """One consistent sight; what is written inside is lost."""
        assert self._reader is not None, "the database is not open"  # noqa: S101
        async with self._reader.connect() as tx:
            yield tx


async def _returned(engine: AsyncEngine) -> None:
    """A moment for connections of work that was cut off: they come back by themselves, but not at once."""
    pool = engine.pool
    for _ in range(30):
        if not isinstance(pool, QueuePool) or not pool.checkedout():
            return
        await asyncio.sleep(0.01)


def _sqlite(url: URL, driver: Driver | None, **pool: Any) -> AsyncEngine:
    """One that writes has a driver; readers run in threads of their own, by aiosqlite."""
    settings: dict[str, Any] = {"isolation_level": None}  # transactions are begun below, by us
    if driver is not None:
        settings["async_creator_fn"] = driver
    engine = create_async_engine(url, connect_args=settings, **pool)

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        if driver is not None:
            cursor.execute("PRAGMA wal_autocheckpoint=0")  # store/checkpoint.py does it
            cursor.execute("PRAGMA busy_timeout=0")  # the driver waits by itself, and the loop turns meanwhile
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begun(connection: Any) -> None:
        # A write lock from the start: a read that turns into a write would meet SQLITE_BUSY half-way.
        connection.exec_driver_sql("BEGIN" if driver is None else "BEGIN IMMEDIATE")

    return engine
