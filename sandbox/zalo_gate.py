"""What both of Zalo's API hosts ask of a call: the `access_token` header, the app's proof, the rate, a JSON body.

Source: facts/zalo.md sections 1, 7, 8.  Every refusal is HTTP 200 with a negative `error`.
"""

import hmac
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Literal

from aiohttp import web

from sandbox.settings import Settings
from sandbox.world import World
from sandbox.zalo_oauth import Tokens

MESSAGES: Mapping[int, str] = {
    -32: "Your application reached limit call api",
    -100: "Unknown error",
    -106: "Method unsupported",
    -108: "Phone number invalid",
    -109: "Template ID invalid",
    -110: "Zalo version unsupported",
    -111: "Template data empty",
    -112: "Template data invalid",
    -1121: "Parameter exceeds the maximum length",
    -1122: "Template data missing parameter",
    -1124: "Parameter has a wrong format",
    -114: "User cannot receive message",
    -115: "Out of quota",
    -117: "OA or App does not have permission to access this template",
    -118: "Zalo account not existed",
    -121: "Body data empty",
    -122: "Body is not JSON",
    -124: "Access token invalid",
    -1241: "appsecret_proof invalid",
    -126: "Out of development quota",
    -127: "Template test only can be sent to admin",
    -131: "Template not approved",
    -132: "Parameter invalid",
    -133: "This message cannot be sent at night (22:00-06:00)",
    -135: "OA does not have permission to send ZNS",
    -139: "User refused this type of template",
    -141: "User refused to receive messages from this OA",
    -144: "OA exceeds the daily sending limit",
    -146: "Template is disabled because of low quality",
    -147: "Template exceeds the daily sending limit",
    -161: "Sending mode invalid",
    -162: "Sending mode is not for this template",
    -201: "parameter is invalid!",
    -209: "Not supported this api",
    -210: "Parameter exceeds allowable limit",
    -213: "User has not followed OA",
    -216: "Access token is invalid",
    -217: "User has blocked invitation from OA",
    -220: "access_token is expired or removed",
    -230: "User has not interacted with the OA in the past 7 days",
    -232: "User has not interacted with the OA, or the last interaction has expired",
    -233: "message type is invalid or not support",
    -240: "MessageV2 API has been shut down, please switch to MessageV3",
    -242: "Invalid appsecret_proof provided in the API argument",
    -244: "User has restricted this message type from your OA",
    -249: "Template does not support send via UID",
}
Host = Literal["openapi", "business"]


class Refused(Exception):
    """Zalo says no: its own code, and its words where they differ from the usual ones."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.words = words or MESSAGES.get(code, "Unknown error")


Answer = Callable[[web.Request], Awaitable[object]]


class ZaloGate:
    """Guards the handlers of both hosts and puts their answers into Zalo's envelope."""

    def __init__(self, settings: Settings, world: World, tokens: Tokens) -> None:
        self._settings = settings
        self._world = world
        self._tokens = tokens
        self._minute: deque[datetime] = deque()

    def guarded(
        self, host: Host, answer: Answer, *, beside: Callable[[web.Request], dict[str, object]] | None = None
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A handler that checks the call first; what `answer` returns becomes `data`, what it refuses `error`.

        `beside` adds fields next to `data`, as the list of templates has its `metadata`.
        """

        async def handle(request: web.Request) -> web.StreamResponse:
            left = self._room()
            headers = {} if host == "business" else self._rate_headers(left)
            try:
                self._admit(host, request, left)
                data = await answer(request)
            except Refused as refusal:
                body: dict[str, object] = {"error": refusal.code, "message": refusal.words}
                return web.json_response(body, headers=headers)
            more = {} if beside is None else beside(request)
            return web.json_response({"data": data, "error": 0, "message": "Success", **more}, headers=headers)

        return handle

    def _admit(self, host: Host, request: web.Request, left: int) -> None:
        token = request.headers.get("access_token", "")
        fault = self._tokens.fault_of(token)
        if fault:
            raise Refused(-124 if host == "business" else fault)
        given = request.headers.get("appsecret_proof")
        if (given is not None or self._settings.require_proof) and not hmac.compare_digest(
            (given or "").encode(), proof(self._settings.app_secret, token).encode()
        ):
            raise Refused(-1241 if host == "business" else -242)
        if left < 0:
            raise Refused(-32)

    def _room(self) -> int:
        """Count this call; how many are left in this minute, below zero when the limit is reached."""
        if not self._settings.calls_per_minute:
            return 0
        now = self._world.clock()
        while self._minute and now - self._minute[0] >= timedelta(minutes=1):
            self._minute.popleft()
        if len(self._minute) >= self._settings.calls_per_minute:
            return -1
        self._minute.append(now)
        return self._settings.calls_per_minute - len(self._minute)

    def _rate_headers(self, left: int) -> dict[str, str]:
        if not self._settings.calls_per_minute:
            return {}
        return {"X-RateLimit-Limit": str(self._settings.calls_per_minute), "X-RateLimit-Remain": str(max(left, 0))}


def proof(app_secret: str, token: str) -> str:
    """`appsecret_proof` of a call: hexadecimal HMAC-SHA256 of the access token under the App Secret."""
    return hmac.digest(app_secret.encode(), token.encode(), "sha256").hex()


async def json_body(request: web.Request, *, missing: int, broken: int) -> dict[str, object]:
    """The body as an object, or Zalo's refusal."""
    raw = await request.read()
    if not raw:
        raise Refused(missing)
    try:
        body = json.loads(raw)
    except ValueError:
        raise Refused(broken) from None
    if not isinstance(body, dict):
        raise Refused(broken)
    return body


def data_query(request: web.Request) -> dict[str, object]:
    """The OA host's one query parameter, `data`, which holds JSON."""
    try:
        data = json.loads(request.query.get("data", ""))
    except ValueError:
        raise Refused(-201, "data is invalid!") from None
    if not isinstance(data, dict):
        raise Refused(-201, "data is invalid!")
    return data
