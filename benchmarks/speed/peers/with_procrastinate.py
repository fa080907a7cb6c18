"""procrastinate: 32 jobs at once, its own psycopg pool; a dead worker's jobs are retried as its manual advises."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import procrastinate

from benchmarks.speed.peers.posting import CONCURRENCY, Post, payload
from benchmarks.speed.program import Answer, obey

_PAGE = 1_000
_SILENT = 12.0
"""Seconds without a heartbeat after which a worker counts as dead; its workers beat every third of it."""

_LEFT = "SELECT count(*) AS n FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"


class Peer:
    def __init__(self, app: procrastinate.App, post: Post) -> None:
        self._app = app
        self._post = post
        self._tasks: list[asyncio.Task[None]] = []

        @app.task(name="letter")
        async def letter(job: str) -> None:
            await post(job)

        self._letter = letter

    async def handle(self, order: Answer) -> Answer:
        match order["do"]:
            case "fill":
                self._post.expect(order["count"])
                for begin in range(0, order["count"], _PAGE):
                    numbers = range(begin, min(begin + _PAGE, order["count"]))
                    await self._letter.batch_defer_async(*({"job": payload(number)} for number in numbers))
            case "run":
                running = self._app.run_worker_async(
                    concurrency=CONCURRENCY,
                    install_signal_handlers=False,
                    update_heartbeat_interval=_SILENT / 3,
                    stalled_worker_timeout=_SILENT,
                )
                self._tasks = [asyncio.create_task(running), asyncio.create_task(self._retry_stalled())]
            case "left":
                if self._post.left:
                    return {"left": self._post.left, "doubt": 0}
                return {"left": (await self._app.connector.execute_query_one_async(_LEFT))["n"], "doubt": 0}
            case "stop":
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)
                await self._post.close()
        return {}

    async def _retry_stalled(self) -> None:
        while True:
            await asyncio.sleep(_SILENT / 3)
            with contextlib.suppress(procrastinate.exceptions.ProcrastinateException):
                for job in await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_SILENT):
                    await self._app.job_manager.retry_job(job)


async def begin(order: Answer) -> Callable[[Answer], Awaitable[Answer]]:
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=order["url"], min_size=4, max_size=12))
    await app.open_async()
    if order["fresh"]:
        await app.schema_manager.apply_schema_async()
    post = Post(order["gateway"])
    await post.open()
    return Peer(app, post).handle


if __name__ == "__main__":
    obey(begin)
