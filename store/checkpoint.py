"""Brings SQLite's log (WAL) back into the database beside the writer's way, so that no COMMIT has to.

By itself SQLite does it inside the commit that makes the log long, and whoever waits for that commit waits with it.
Source: sqlite.org/wal.html, "Avoiding Excessively Large WAL Files".
"""

import asyncio
import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

LOOKED_AT_EVERY = 0.25  # seconds
LONG = 4_000_000
"""Bytes of log that are brought back without holding anybody up."""

TOO_LONG = 256_000_000
"""Bytes at which writers are made to wait once: under load without a pause the log would only grow."""

_log = structlog.get_logger(__name__)


class Checkpoints:
    """A connection and a thread of its own. `begin` where the database is opened, `end` where it is closed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wal = path.with_name(path.name + "-wal")
        self._task: asyncio.Task[None] | None = None
        self._brought_back_at = 0.0

    def begin(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "checkpoint") as thread:
            while True:
                await asyncio.sleep(LOOKED_AT_EVERY)
                if (kind := self._wanted()) is not None:
                    try:
                        await asyncio.shield(loop.run_in_executor(thread, _checkpoint, self._path, kind))
                    except sqlite3.Error as why:
                        _log.warning("checkpoint.failed", why=type(why).__name__)

    def _wanted(self) -> str | None:
        """The file keeps its length when its contents are back: only what was written since counts."""
        try:
            wal = self._wal.stat()
        except OSError:
            return None
        if wal.st_size <= LONG or wal.st_mtime <= self._brought_back_at:
            return None
        self._brought_back_at = wal.st_mtime
        return "TRUNCATE" if wal.st_size > TOO_LONG else "PASSIVE"


def _checkpoint(path: Path, kind: str) -> None:
    """A connection for each, not kept: it is a rare event, and a kept one would hold the file after its deletion."""
    with contextlib.closing(sqlite3.connect(path, timeout=10)) as connection:
        connection.execute(f"PRAGMA wal_checkpoint({kind})")
