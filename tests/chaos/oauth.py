"""Zalo's token call, in play: refresh tokens are good for one use, and its answer may be lost.

Written from facts about Zalo, not from the sandbox: the two must not be wrong alike.
"""

import asyncio
import random
from typing import Literal

from aiohttp import web

Fate = Literal["answered", "cut_before", "cut_after"]
"""What becomes of the next call: answered; cut before anything was used up; used up, and the answer lost."""


class OAuth:
    """One page (OA). `async with` starts and stops it."""

    def __init__(self, chance: random.Random) -> None:
        self.good = "refresh-0"
        self.fate: Fate = "answered"
        self.refreshed = 0
        self.refused = 0
        self.lost = 0
        self.called = asyncio.Event()
        self.hold = asyncio.Event()
        self.hold.set()
        self.url = ""
        self._chance = chance

    async def __aenter__(self) -> "OAuth":
        app = web.Application()
        app.add_routes([web.post("/v4/oa/access_token", self._token)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.hold.set()
        await self._runner.cleanup()

    async def _token(self, request: web.Request) -> web.StreamResponse:
        given = (await request.post()).get("refresh_token")
        fate, self.fate = self.fate, "answered"
        self.called.set()
        await asyncio.sleep(0.02)
        if fate == "cut_before":
            await self.hold.wait()
            return self._cut(request)
        if given != self.good:
            self.refused += 1
            return web.json_response({"error": -14014, "error_name": "Invalid refresh token."})
        self.good = f"refresh-{self._chance.getrandbits(64):x}"
        if fate == "cut_after":
            self.lost += 1
            await self.hold.wait()
            return self._cut(request)
        self.refreshed += 1
        return web.json_response(
            {"access_token": f"access-{self.refreshed}", "refresh_token": self.good, "expires_in": "90000"}
        )

    def _cut(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
