"""What every provider call passes: it is written down with its tokens masked, and a fault may strike it."""

import json
import re

from aiohttp import web
from aiohttp.typedefs import Middleware

from sandbox.faults import CUT, Channel, Handler, Kind, strike
from sandbox.inboxes import Call
from sandbox.world import World

PLACES: tuple[tuple[str, str, Channel | None], ...] = (
    ("/v4/oa/", "oauth", Channel.ZALO_OAUTH),
    ("/v3.0/", "openapi", Channel.ZALO),
    ("/v2.0/", "openapi", Channel.ZALO),
    ("/message/", "business", Channel.ZALO),
    ("/template/", "business", Channel.ZALO),
    ("/quality", "business", Channel.ZALO),
    ("/sms/", "sms", Channel.SMS),
    ("/2010-04-01/", "twilio", Channel.TWILIO),
    ("/bot", "telegram", Channel.TELEGRAM),
    ("/source/", "source", None),
)
"""Path, host that the real provider serves it from, and the channel whose faults strike it."""

SECRET_HEADERS = frozenset({"access_token", "secret_key", "authorization", "appsecret_proof"})
SECRET_FIELDS = re.compile(r"((?:refresh_token|access_token|code_verifier|secret_token|code)=)[^&]+")
BOT_TOKEN = re.compile(r"^/bot[^/]+")
LONGEST_BODY = 8_000


def place(path: str) -> tuple[str, Channel | None] | None:
    """Which provider's host and channel a path belongs to; None for the sandbox's own pages."""
    return next(((host, channel) for start, host, channel in PLACES if path.startswith(start)), None)


def doorway(world: World) -> Middleware:
    """The middleware that writes calls down and lets faults strike."""

    @web.middleware
    async def pass_through(request: web.Request, handler: Handler) -> web.StreamResponse:
        where = place(request.path)
        if where is None:
            return await handler(request)
        host, channel = where
        body = b"" if request.content_type.startswith("multipart/") else await request.read()
        fault = world.faults.take(channel, request.path) if channel is not None else None
        if channel is None or fault is None:
            answer = await _answered(request, handler)
        elif fault.kind is Kind.HANG:
            request[CUT] = fault.kind.value
            _write_down(world, request, host, body, web.Response())
            return await strike(fault, channel, request, handler)
        else:
            answer = await strike(fault, channel, request, handler)
        _write_down(world, request, host, body, answer)
        return answer

    return pass_through


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The handler's answer; a path or a verb that the provider does not have is an answer too."""
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        return web.Response(status=refusal.status, text=refusal.text, headers=refusal.headers)


def _write_down(world: World, request: web.Request, host: str, body: bytes, answer: web.StreamResponse) -> None:
    world.calls.append(_call(world, request, host, body, answer))
    world.stir()


def _call(world: World, request: web.Request, host: str, body: bytes, answer: web.StreamResponse) -> Call:
    cut = request.get(CUT)
    return Call(
        host=host,
        method=request.method,
        path=BOT_TOKEN.sub("/bot***", request.path),
        status=0 if cut else answer.status,
        error=cut or _error_of(answer),
        body=SECRET_FIELDS.sub(r"\1***", body[:LONGEST_BODY].decode(errors="replace")),
        headers={
            name.lower(): _masked(value) if name.lower() in SECRET_HEADERS else value
            for name, value in request.headers.items()
        },
        at=world.clock(),
    )


def _masked(secret: str) -> str:
    return f"{secret[:4]}…" if len(secret) > 8 else "…"


def _error_of(answer: web.StreamResponse) -> str:
    """The provider's own code in an answer: Zalo's and the gateway's `error`, Twilio's `code`, Telegram's."""
    if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes):
        return "0"
    try:
        body = json.loads(answer.body)
    except ValueError:
        return "0" if answer.status < 400 else str(answer.status)
    if not isinstance(body, dict):
        return "0"
    return str(body.get("error") or body.get("error_code") or (body.get("code") if answer.status >= 400 else 0) or 0)
