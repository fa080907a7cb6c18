"""Many citizens, each of whom asks once about one dossier by Zalo: signed webhooks, made beforehand, from a process.

Orders: {"do": "burst"} posts all at once over a few connections, {"do": "paced", "rate": r} so many a second, each with
"url", "first" and "count". Source of the form and the signature: facts/zalo.md 6.2, 6.3; no code of the house is used.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable

import aiohttp

from benchmarks.speed import letters
from benchmarks.speed.curl import post_all
from benchmarks.speed.program import Answer, obey

APP, PAGE, SECRET = "4000000000000000001", "5000000000000000001", "the benchmark's page secret"
CONNECTIONS = 32


def person(number: int) -> str:
    return str(6_000_000_000_000_000_000 + number)


def signed(number: int, dossiers: int) -> tuple[bytes, dict[str, str]]:
    """A citizen's question about one of so many dossiers: the body as it is signed, and the headers."""
    timestamp = str(int(time.time() * 1_000))
    body = json.dumps(
        {
            "app_id": APP,
            "event_name": "user_send_text",
            "sender": {"id": person(number)},
            "recipient": {"id": PAGE},
            "message": {"msg_id": f"q{number}", "text": f"Tra cứu hồ sơ {letters.code(number % dossiers)}"},
            "timestamp": timestamp,
        },
        ensure_ascii=False,
    ).encode()
    mac = hashlib.sha256(APP.encode() + body + timestamp.encode() + SECRET.encode()).hexdigest()
    return body, {"Content-Type": "application/json", "X-ZEvent-Signature": f"mac={mac}"}


async def paced(url: str, said: list[tuple[bytes, dict[str, str]]], rate: float, first: int) -> dict[str, float]:
    """One after the other at a steady rate, whatever the answers do; when each was sent, by the person's id."""
    sent: dict[str, float] = {}
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def speak(session: aiohttp.ClientSession, number: int) -> None:
        await asyncio.sleep(began + number / rate - loop.time())
        body, headers = said[number]
        sent[person(first + number)] = time.monotonic()
        async with session.post(url, data=body, headers=headers) as response:
            await response.read()

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(speak(session, number) for number in range(len(said))))
    return sent


async def begin(first: Answer) -> Callable[[Answer], Awaitable[Answer]]:
    dossiers = first["dossiers"]

    async def handle(order: Answer) -> Answer:
        numbers = range(order["first"], order["first"] + order["count"])
        said = [signed(number, dossiers) for number in numbers]
        if order["do"] == "paced":
            return {"sent": await paced(order["url"], said, order["rate"], order["first"])}
        lines = [(body, [f"{name}: {value}" for name, value in headers.items()]) for body, headers in said]
        began = time.monotonic()
        refused = post_all(order["url"], lines, CONNECTIONS)
        return {"began": began, "seconds": time.monotonic() - began, "refused": refused}

    return handle


if __name__ == "__main__":
    obey(begin)
