"""The counting gateway: a small HTTP server of its own process that takes what is posted and counts ids. The judge.

It speaks the house's plain SMS form at /sms, and Zalo's consultation message and token at their paths; it shares no
code with the house. Orders, each with "of": "sms" or "zalo": {"do": "reset"}, {"do": "count"}, {"do": "arrivals"},
{"do": "wait", "distinct": n, "quiet": seconds}.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, cast

import httptools
import orjson

from benchmarks.speed.program import Answer, obey

_TOKENS = orjson.dumps({"access_token": "a", "refresh_token": "r", "expires_in": "90000"})
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Count:
    """What came, by id; and when the first of each came, on the machine's monotonic clock."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()
        self.arrived: dict[str, float] = {}
        self._waited: tuple[int, asyncio.Event] | None = None

    def took(self, name: str) -> None:
        self.times[name] += 1
        if name not in self.arrived:
            self.arrived[name] = time.monotonic()
            if self._waited is not None and len(self.arrived) >= self._waited[0]:
                self._waited[1].set()

    async def until(self, distinct: int, quiet: float) -> None:
        """Until so many different ids have come, or until nothing new has come for `quiet` seconds."""
        self._waited = (distinct, asyncio.Event())
        seen = len(self.arrived)
        while seen < distinct:
            try:
                await asyncio.wait_for(self._waited[1].wait(), quiet)
            except TimeoutError:
                if len(self.arrived) == seen:
                    return
            seen = len(self.arrived)

    def summary(self) -> Answer:
        return {
            "distinct": len(self.times),
            "doubled": sum(times - 1 for times in self.times.values()),
            "first": min(self.arrived.values(), default=0.0),
            "last": max(self.arrived.values(), default=0.0),
        }


class Connection(asyncio.Protocol):
    """One kept-alive connection; answers each request as soon as its body is whole."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._parser: Any = None
        self._transport: asyncio.WriteTransport | None = None
        self._url = b""
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's own class, by likeness alone
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._url = url
        self._body = []

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        answer = self._gateway.answer(self._url, b"".join(self._body))
        if self._gateway.delay:
            asyncio.get_running_loop().call_later(self._gateway.delay, self._write, answer)
        else:
            self._write(answer)

    def _write(self, answer: bytes) -> None:
        assert self._transport is not None
        self._transport.write(_HEAD % len(answer) + answer)


class Gateway:
    """Counts texts posted as SMS by the message's id, and Zalo's by the person's, who is asked for one answer only."""

    def __init__(self, delay: float) -> None:
        self.delay = delay  # seconds until each answer
        self._counts: dict[str, Count] = defaultdict(Count)

    def answer(self, url: bytes, body: bytes) -> bytes:
        if url == b"/sms":
            name = orjson.loads(body)["id"]
            self._counts["sms"].took(name)
            return b'{"id": "g-%s"}' % name.encode()
        if url.endswith(b"/access_token"):
            return _TOKENS
        person = orjson.loads(body)["recipient"]["user_id"]
        self._counts["zalo"].took(person)
        data = {"message_id": f"m-{person}", "user_id": person}
        return orjson.dumps({"error": 0, "message": "Success", "data": data})

    async def handle(self, order: Answer) -> Answer:
        count = self._counts[order.get("of", "sms")]
        match order["do"]:
            case "reset":
                self._counts.clear()
            case "wait":
                await count.until(order["distinct"], order["quiet"])
            case "arrivals":
                return {"arrived": count.arrived}
        return count.summary()


async def begin(order: Answer) -> Callable[[Answer], Awaitable[Answer]]:
    gateway = Gateway(order.get("delay", 0.0))
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: Connection(gateway), "127.0.0.1", order["port"], backlog=1024)
    return gateway.handle


if __name__ == "__main__":
    obey(begin)
