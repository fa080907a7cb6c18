"""A carrier of our own making: the generic SMS gateway, which writes down what it takes and has bad weather on demand.

What it took is the truth that the judge reads: one JSON line a text, written before the answer is given.
"""

import asyncio
import contextlib
import hashlib
import json
import random
import re
import socket
import struct
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from aiohttp import web

TOKEN, SENDER = "a token for chaos", "LAMDONG-DVC"
KEY = re.compile(r"H36\.21-\d{6}-\d{7}")
"""Every message of chaos bears its own code in its words: no id of ours is believed."""

HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"


class Weather(StrEnum):
    """One way in which a call may go wrong. Those that end in `_taken` take the text all the same."""

    HTTP_500 = "http_500"
    HTTP_500_TAKEN = "http_500_taken"
    HTTP_502_HTML = "http_502_html"
    HTTP_503_LATER = "http_503_later"
    HTTP_429 = "http_429"
    HTTP_429_LATER = "http_429_later"
    HTTP_408 = "http_408"
    REFUSED = "refused"
    ERROR_IN_200 = "error_in_200"
    GARBAGE = "garbage"
    GARBAGE_TAKEN = "garbage_taken"
    EMPTY = "empty"
    EMPTY_TAKEN = "empty_taken"
    NO_ID_TAKEN = "no_id_taken"
    HALF_ANSWER_TAKEN = "half_answer_taken"
    CUT_BEFORE = "cut_before"
    CUT_AFTER_TAKEN = "cut_after_taken"
    SILENCE = "silence"
    SILENCE_TAKEN = "silence_taken"
    SLOW_TAKEN = "slow_taken"


ANSWERS: Mapping[Weather, tuple[int, str, dict[str, str]]] = {
    Weather.HTTP_500: (500, "Internal Server Error", {}),
    Weather.HTTP_500_TAKEN: (500, "Internal Server Error", {}),
    Weather.HTTP_502_HTML: (502, HTML, {}),
    Weather.HTTP_503_LATER: (503, "", {"Retry-After": "1"}),
    Weather.HTTP_429: (429, '{"error": "too many requests"}', {}),
    Weather.HTTP_429_LATER: (429, '{"error": "too many requests"}', {"Retry-After": "1"}),
    Weather.HTTP_408: (408, "", {}),
    Weather.REFUSED: (400, '{"error": "not a number of ours"}', {}),
    Weather.ERROR_IN_200: (200, '{"error": "balance"}', {}),
    Weather.GARBAGE: (200, HTML, {}),
    Weather.GARBAGE_TAKEN: (200, HTML, {}),
    Weather.EMPTY: (200, "", {}),
    Weather.EMPTY_TAKEN: (200, "", {}),
    Weather.NO_ID_TAKEN: (202, "{}", {}),
}
SILENT_SECONDS = 3.0


class Carrier:
    """`async with` starts and stops it. `idempotent`: a repeated id is answered and not taken again.

    `storm` is the share of calls that meet bad weather, `sorts` which; `pace` how many seconds a call takes.
    """

    def __init__(self, log: Path, chance: random.Random, *, idempotent: bool = False, pace: float = 0.005) -> None:
        self.taken = 0
        self.met: Counter[str] = Counter()
        self.asked = 0
        self.storm = 0.0
        self.sorts: tuple[Weather, ...] = tuple(Weather)
        self.pace = pace
        self.url = ""
        self.idempotent = idempotent
        self._ids: dict[str, str] = {}
        self._more = asyncio.Event()
        self._question = asyncio.Event()
        self._bag: list[Weather] = []
        self._log = log
        self._chance = chance

    async def __aenter__(self) -> "Carrier":
        self._file = self._log.open("a", encoding="utf-8")
        app = web.Application()
        app.add_routes([web.post("/send", self._send), web.get("/source", self._source)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=512).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._runner.cleanup()
        self._file.close()

    async def until_more(self, *, seconds: float) -> bool:
        """Until one text more has been taken; whether one was."""
        self._more.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._more.wait(), seconds)
        return self._more.is_set()

    async def until_asked(self, *, seconds: float) -> None:
        """Until a job asks for dossiers once more; TimeoutError."""
        self._question.clear()
        await asyncio.wait_for(self._question.wait(), seconds)

    async def _source(self, _request: web.Request) -> web.Response:
        """A one-stop-shop system with nothing new: what the clock's jobs are seen by."""
        self.asked += 1
        self._question.set()
        return web.json_response({"dossiers": [], "next": "1"})

    async def _send(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"error": "unauthorized"}, status=401)
        text = json.loads(raw)
        await asyncio.sleep(self.pace)
        weather = self._next_sort() if self._chance.random() < self.storm else None
        if weather is None:
            return web.json_response({"id": self._take(text)}, status=202)
        self.met[weather] += 1
        taken = self._take(text) if weather.endswith("_taken") else ""
        return await self._spoil(request, weather, taken)

    def _next_sort(self) -> Weather:
        """Each sort once before any comes again, in no order."""
        if not self._bag:
            self._bag = self._chance.sample(self.sorts, len(self.sorts))
        return self._bag.pop()

    def _take(self, text: dict[str, Any]) -> str:
        if self.idempotent and text["id"] in self._ids:
            return self._ids[text["id"]]
        self.taken += 1
        self._more.set()
        theirs = self._ids[text["id"]] = f"g{self.taken}"
        body = hashlib.sha256(text["text"].encode()).hexdigest()[:16]
        for key in KEY.findall(text["text"]):
            self._file.write(json.dumps({"key": key, "recipient": text["to"], "body": body}) + "\n")
        self._file.flush()
        return theirs

    async def _spoil(self, request: web.Request, weather: Weather, taken: str) -> web.StreamResponse:
        if weather in ANSWERS:
            status, body, headers = ANSWERS[weather]
            return web.Response(status=status, text=body, headers=headers)
        if weather is Weather.SLOW_TAKEN:
            await asyncio.sleep(0.5)
            return web.json_response({"id": taken}, status=202)
        if weather in (Weather.SILENCE, Weather.SILENCE_TAKEN):
            await asyncio.sleep(SILENT_SECONDS)
        if request.transport is None:  # the caller has gone
            return web.Response()
        if weather is Weather.HALF_ANSWER_TAKEN:
            request.transport.write(b'HTTP/1.1 202 Accepted\r\nContent-Length: 40\r\n\r\n{"id": "g1')
            request.transport.close()
        else:
            wire = request.transport.get_extra_info("socket")
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.transport.abort()
        return web.Response()
