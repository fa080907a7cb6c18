"""Apprise in a loop: no queue and no memory. Started again, it begins again."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlsplit

from apprise import Apprise

from benchmarks.speed.peers.posting import body, payload
from benchmarks.speed.program import Answer, obey


class Peer:
    def __init__(self, gateway: str) -> None:
        self._gateway = urlsplit(gateway)
        self._count = 0
        self._done = 0
        self._running: asyncio.Task[None] | None = None

    async def handle(self, order: Answer) -> Answer:
        match order["do"]:
            case "fill":
                self._count = order["count"]
            case "run":
                self._count = order.get("count", self._count)
                self._running = asyncio.create_task(asyncio.to_thread(self._loop))
            case "left":
                return {"left": self._count - self._done, "doubt": 0}
            case "stop" if self._running is not None:
                await self._running
        return {}

    def _loop(self) -> None:
        for number in range(self._count):
            letter = json.loads(body(payload(number)))
            extra = "&".join(f":{name}={quote(letter[name])}" for name in ("id", "from", "to"))
            apprise = Apprise()
            apprise.add(f"json://{self._gateway.netloc}{self._gateway.path}?{extra}")
            if apprise.notify(body=letter["text"]):
                self._done += 1


async def begin(order: Answer) -> Callable[[Answer], Awaitable[Answer]]:
    return Peer(order["gateway"]).handle


if __name__ == "__main__":
    obey(begin)
