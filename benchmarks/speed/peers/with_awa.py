"""awa: a queue in Rust under Python tasks, its defaults but for 256 workers (64: two thirds) and a quicker poll.

Its own count of what is open takes ten seconds here, so its end is that of its orderly shutdown, which writes all.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from awa import AsyncClient

from benchmarks.speed.peers.posting import Post, payload
from benchmarks.speed.program import Answer, obey

_PAGE = 1_000
_WORKERS = 256
_QUEUE = "letters"


@dataclass
class Letter:
    """A job's arguments; awa names the kind of job after the class."""

    job: str


class Peer:
    def __init__(self, client: AsyncClient, post: Post) -> None:
        self._client = client
        self._post = post

        @client.task(Letter, queue=_QUEUE)
        async def letter(job) -> None:  # type: ignore[no-untyped-def]  # awa reads the annotations of a task
            await post(job.args.job)

    async def handle(self, order: Answer) -> Answer:
        match order["do"]:
            case "fill":
                self._post.expect(order["count"])
                for begin in range(0, order["count"], _PAGE):
                    numbers = range(begin, min(begin + _PAGE, order["count"]))
                    await self._client.enqueue_many_copy([Letter(payload(n)) for n in numbers], queue=_QUEUE)
            case "run":
                await self._client.start([(_QUEUE, _WORKERS)], poll_interval_ms=50)
            case "left":
                if self._post.left:
                    return {"left": self._post.left, "doubt": 0}
                await self._client.shutdown()
                return {"left": 0, "doubt": 0}
            case "stop":
                await self._client.close()
                await self._post.close()
        return {}


async def begin(order: Answer) -> Callable[[Answer], Awaitable[Answer]]:
    client = AsyncClient(order["url"].replace("@/", "@localhost/"))  # the socket is in the query; it wants a host too
    if order["fresh"]:
        await client.migrate()
        await client.install_queue_storage(schema="awa")
    post = Post(order["gateway"])
    await post.open()
    return Peer(client, post).handle


if __name__ == "__main__":
    asyncio.set_event_loop_policy(None)
    obey(begin, "asyncio")
