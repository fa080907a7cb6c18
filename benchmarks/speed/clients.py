"""The bare clients: the same bodies to the same gateway, no database, nothing remembered. The baseline of all rates.

Orders: {"do": "aiohttp" | "curl", "count": n, "connections": c} after the first, which names the gateway.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import aiohttp

from benchmarks.speed import letters
from benchmarks.speed.curl import post_all
from benchmarks.speed.program import Answer, obey
from delivery.event import EventName
from delivery.texts.render import Form, Renderer

_HEADERS = {"Authorization": f"Bearer {letters.TOKEN}", "Content-Type": "application/json"}


def bodies(count: int) -> list[bytes]:
    """What the house would post, made beforehand and not timed."""
    renderer = Renderer()
    made = []
    for number in range(count):
        text = renderer.render(EventName.DONE.value, Form.SMS, letters.fields(number)).text
        body = {"id": f"{number:026d}", "from": letters.SENDER, "to": letters.phone(number), "text": text}
        made.append(json.dumps(body, ensure_ascii=False).encode())
    return made


async def by_aiohttp(url: str, made: list[bytes], connections: int) -> None:
    """So many tasks on so many kept-alive connections, each posting the next body."""
    rest = iter(made)

    async def post(session: aiohttp.ClientSession) -> None:
        for body in rest:
            async with session.post(url, data=body, headers=_HEADERS) as response:
                await response.read()
                assert response.status == 200

    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        await asyncio.gather(*(post(session) for _ in range(connections)))


async def begin(order: Answer) -> Callable[[Answer], Awaitable[Answer]]:
    url, made = order["url"], bodies(order["count"])

    async def handle(again: Answer) -> Answer:
        began, cpu = time.monotonic(), time.process_time()
        if again["do"] == "curl":
            lines = [f"{name}: {value}" for name, value in _HEADERS.items()]
            assert not post_all(url, ((body, lines) for body in made), again["connections"])
        else:
            await by_aiohttp(url, made, again["connections"])
        return {"seconds": time.monotonic() - began, "cpu": time.process_time() - cpu}

    return handle


if __name__ == "__main__":
    obey(begin)
