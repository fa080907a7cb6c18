"""What carries the outside's own requests to the house: one HTTP session, background errands, and waits."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import aiohttp

LONGEST_ANSWER = 1_000_000


class Courier:
    """Opened and closed by the sandbox.  `sleep` is how it waits, so that a test can pass the time itself."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._errands: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Start; needs a running loop."""
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100))

    async def close(self) -> None:
        """Drop what is under way and close the connections."""
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def spawn(self, errand: Coroutine[Any, Any, None]) -> None:
        """Let an errand run behind; it ends with the sandbox at the latest."""
        task = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        if seconds > 0:
            await self._sleep(seconds)

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, limit: float = 10.0
    ) -> tuple[int, bytes]:
        """POST bytes; the answer's status and body, or status 0 when none came within `limit` seconds."""
        if self._session is None:
            return 0, b""
        timeout = aiohttp.ClientTimeout(total=limit)
        try:
            async with self._session.post(
                url, data=body, headers=dict(headers), timeout=timeout, allow_redirects=False
            ) as answer:
                answered = bytearray()
                async for chunk in answer.content.iter_chunked(65_536):
                    answered += chunk
                    if len(answered) > LONGEST_ANSWER:
                        break
                return answer.status, bytes(answered)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return 0, b""
