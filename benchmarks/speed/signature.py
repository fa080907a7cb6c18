"""The bare handler: an aiohttp server on uvloop that checks Zalo's signature and forgets. The baseline of inbound."""

import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from benchmarks.speed.citizens import APP, SECRET
from benchmarks.speed.program import Answer, obey


async def checked(request: web.Request) -> web.Response:
    body = await request.read()
    timestamp = json.loads(body)["timestamp"]
    expected = hashlib.sha256(APP.encode() + body + timestamp.encode() + SECRET.encode()).hexdigest()
    given = request.headers["X-ZEvent-Signature"].removeprefix("mac=")
    good = hmac.compare_digest(given, expected)
    return web.json_response({}, status=200 if good else 401)


async def begin(order: Answer) -> Callable[[Answer], Awaitable[Answer]]:
    app = web.Application()
    app.router.add_post("/webhooks/zalo", checked)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", order["port"]).start()

    async def handle(_order: Answer) -> Answer:
        return {"cpu": time.process_time()}

    return handle


if __name__ == "__main__":
    obey(begin)
