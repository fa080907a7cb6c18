"""Celery with Redis: eight threads (the best of prefork 2 and 4, threads 8, gevent 32), a status row in PostgreSQL."""

import asyncio
import atexit
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from benchmarks.speed.peers.posting import payload
from benchmarks.speed.program import ROOT, Answer, obey

_PAGE = 1_000
_IDLE, _QUEUE = "idle", "celery"
_TABLE = "CREATE TABLE letter (id text PRIMARY KEY, job text NOT NULL, status text NOT NULL DEFAULT 'created')"


class Peer:
    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._worker: Process | None = None
        atexit.register(self._end)

    async def handle(self, order: Answer) -> Answer:
        match order["do"]:
            case "fill":
                await self._fill(order["count"])
            case "start":
                await self._start()
            case "run":
                await self._take()
            case "left":
                left = await self._connection.fetchval("SELECT count(*) FROM letter WHERE status <> 'sent'")
                return {"left": left, "doubt": 0}
            case "stop" if self._worker is not None:
                self._worker.terminate()
                await self._worker.wait()
        return {}

    async def _fill(self, count: int) -> None:
        from benchmarks.speed.peers.celery_tasks import letter

        for begin in range(0, count, _PAGE):
            rows = [(f"{n:026d}", payload(n)) for n in range(begin, min(begin + _PAGE, count))]
            await self._connection.executemany("INSERT INTO letter (id, job) VALUES ($1, $2)", rows)
            for row_id, _ in rows:
                letter.delay(row_id)

    async def _start(self) -> None:
        """A worker that is up, and idle still: its start is not measured."""
        from benchmarks.speed.peers.celery_tasks import THREADS, app

        self._worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "celery", "-A", "benchmarks.speed.peers.celery_tasks", "worker"),
            *("--pool", "threads", "--concurrency", str(THREADS), "--queues", _IDLE, "--loglevel", "ERROR"),
            *("--without-gossip", "--without-mingle"),
            cwd=ROOT,
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        while not await asyncio.to_thread(app.control.ping, timeout=0.5):
            pass

    async def _take(self) -> None:
        from benchmarks.speed.peers.celery_tasks import app

        await asyncio.to_thread(app.control.add_consumer, _QUEUE, reply=True)

    def _end(self) -> None:
        """Also when the one who gives the orders has gone: the loop is closed by then, so by the process id."""
        if self._worker is not None and self._worker.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._worker.pid, signal.SIGKILL)


async def begin(order: Answer) -> Callable[[Answer], Awaitable[Answer]]:
    os.environ["CELERY_BROKER"] = order["broker"]
    os.environ["CELERY_DATABASE"] = order["url"]
    os.environ["CELERY_GATEWAY"] = order["gateway"]
    connection = await asyncpg.connect(order["url"])
    if order["fresh"]:
        await connection.execute(_TABLE)
    return Peer(connection).handle


if __name__ == "__main__":
    obey(begin)
