"""pgqueuer: asyncpg, uvloop, batches of 64 (the best of 32, 64 and 256), heartbeats short enough to find the dead."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from benchmarks.speed.peers.posting import Post, payload
from benchmarks.speed.program import Answer, obey

_PAGE = 1_000
_HEARTBEAT = timedelta(seconds=12)


class Peer:
    def __init__(self, queue: PgQueuer, connection: Any, post: Post) -> None:
        self._queue = queue
        self._connection = connection  # of its own: the driver's is busy while the worker runs
        self._post = post
        self._running: asyncio.Task[None] | None = None

        @queue.entrypoint("letter")
        async def letter(job: Job) -> None:
            await post(job.payload or b"")

    async def handle(self, order: Answer) -> Answer:
        match order["do"]:
            case "fill":
                self._post.expect(order["count"])
                for begin in range(0, order["count"], _PAGE):
                    jobs: list[bytes | None] = [
                        payload(number).encode() for number in range(begin, min(begin + _PAGE, order["count"]))
                    ]
                    queries = Queries(AsyncpgDriver(self._connection))
                    await queries.enqueue(["letter"] * len(jobs), jobs, [0] * len(jobs))
            case "run":
                running = self._queue.run(
                    batch_size=64, dequeue_timeout=timedelta(seconds=2), heartbeat_timeout=_HEARTBEAT
                )
                self._running = asyncio.create_task(running)
            case "left":
                if self._post.left:
                    return {"left": self._post.left, "doubt": 0}
                return {"left": await self._connection.fetchval("SELECT count(*) FROM pgqueuer"), "doubt": 0}
            case "stop" if self._running is not None:
                self._queue.shutdown.set()
                await self._running
                await self._post.close()
        return {}


async def begin(order: Answer) -> Callable[[Answer], Awaitable[Answer]]:
    mine, its = await asyncpg.connect(order["url"]), await asyncpg.connect(order["url"])
    if order["fresh"]:
        await Queries(AsyncpgDriver(mine)).install()
    post = Post(order["gateway"])
    await post.open()
    return Peer(PgQueuer(AsyncpgDriver(its)), mine, post).handle


if __name__ == "__main__":
    obey(begin)
