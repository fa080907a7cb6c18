"""One worker of the house, with its real rooms: {"do": "run"} lets its loops go, {"do": "stop"} ends and reports.

The first order brings the configuration as plain data, the event loop and, with `profile`, where a profile goes.
"""

import asyncio
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.speed.profiling import profiled
from benchmarks.speed.program import Answer, obey
from motcua.config import parse
from motcua.rooms import Rooms, opened
from motcua.service import settle_memory


class Worker:
    def __init__(self, rooms: Rooms, stack: AsyncExitStack, profile: str) -> None:
        self._rooms = rooms
        self._stack = stack
        self._profile = profile
        self._stop = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._began = 0.0
        self._cpu = 0.0

    async def handle(self, order: Answer) -> Answer:
        if order["do"] == "run":
            self._began, self._cpu = time.monotonic(), time.process_time()
            self._running = asyncio.create_task(self._run())
            return {"at": self._began}
        self._stop.set()
        assert self._running is not None
        await self._running
        ended, cpu = time.monotonic(), time.process_time() - self._cpu
        await self._stack.aclose()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return {"began": self._began, "ended": ended, "cpu": cpu, "peak": peak}

    async def _run(self) -> None:
        with profiled(Path(self._profile) if self._profile else None):
            await asyncio.gather(self._rooms.dispatcher().run(self._stop), self._rooms.receiver().run(self._stop))


async def begin(order: Answer) -> Callable[[Answer], Awaitable[Answer]]:
    stack = AsyncExitStack()
    rooms = await stack.enter_async_context(opened(parse(order["config"])))
    settle_memory()  # as the service does
    return Worker(rooms, stack, order.get("profile", "")).handle


if __name__ == "__main__":
    obey(begin, sys.argv[1] if len(sys.argv) > 1 else "")
