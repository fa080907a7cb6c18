"""What may go wrong on purpose, channel by channel: how it is switched on, and how it looks on the wire.

A counted fault (`times`) comes before a standing one; the newest standing fault of a channel replaces the older.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
CUT = web.RequestKey("cut", str)


class Channel(StrEnum):
    """A stand-in that can be made to fail."""

    ZALO_OAUTH = "zalo_oauth"
    ZALO = "zalo"
    SMS = "sms"
    TWILIO = "twilio"
    TELEGRAM = "telegram"
    EMAIL = "email"


class Kind(StrEnum):
    """One way to fail.  docs/SANDBOX.md tells what each does on HTTP and on SMTP."""

    SLOW = "slow"
    HANG = "hang"
    RESET_BEFORE = "reset_before"
    CUT_AFTER = "cut_after"
    HALF_ANSWER = "half_answer"
    GARBAGE = "garbage"
    EMPTY = "empty"
    HTTP_429 = "http_429"
    HTTP_500 = "http_500"
    HTTP_502 = "http_502"
    ERROR_IN_200 = "error_in_200"
    REFUSED = "refused"
    EXPIRED_TOKEN = "expired_token"
    BLOCKED = "blocked"


STATES = frozenset({(Channel.ZALO, Kind.EXPIRED_TOKEN), (Channel.ZALO, Kind.BLOCKED), (Channel.TELEGRAM, Kind.BLOCKED)})
"""What a stand-in asks about itself, because the answer depends on who calls and whom it is for; never counted down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault that waits for its call.  `left` counts calls, None stands until cleared.

    `seconds` is for slow and hang; `stored` says whether the call takes effect although the answer is lost
    (hang, garbage, empty, 5xx); `where` limits it to paths that contain these words; `code` is the provider's own.
    """

    kind: Kind
    left: int | None = None
    seconds: float | None = None
    retry_after: int | None = None
    code: int | None = None
    stored: bool = False
    where: str = ""


class Faults:
    """The switchboard.  `changed` is called after each change, so that the phone page can show it."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._faults: dict[Channel, list[Fault]] = {channel: [] for channel in Channel}
        self._changed = changed

    def set(
        self,
        channel: str,
        kind: str,
        *,
        times: int | None = None,
        seconds: float | None = None,
        retry_after: int | None = None,
        code: int | None = None,
        stored: bool = False,
        where: str = "",
    ) -> None:
        """Switch a fault on, for `times` calls or until it is cleared.  ValueError for an unknown channel or kind."""
        fault = Fault(
            kind=Kind(kind),
            left=times,
            seconds=seconds,
            retry_after=retry_after,
            code=code,
            stored=stored,
            where=where,
        )
        here = self._faults[Channel(channel)]
        counted = [each for each in here if each.left is not None]
        standing = [each for each in here if each.left is None and (times is not None or not _hides(each, fault))]
        self._faults[Channel(channel)] = [*counted, fault, *standing]
        self._changed()

    def clear(self, channel: str | None = None, kind: str | None = None) -> None:
        """Switch faults off: all, one channel's, or one kind of one channel."""
        for each in Channel if channel is None else (Channel(channel),):
            self._faults[each] = [fault for fault in self._faults[each] if kind is not None and fault.kind != kind]
        self._changed()

    def standing(self, channel: str, kind: str) -> Fault | None:
        """The fault of this kind that is on now, counted or not; it is not used up."""
        return next((fault for fault in self._faults[Channel(channel)] if fault.kind == kind), None)

    def take(self, channel: str, path: str = "") -> Fault | None:
        """The fault that hits this call, or None; a counted one loses one."""
        here = self._faults[Channel(channel)]
        for index, fault in enumerate(here):
            if (Channel(channel), fault.kind) in STATES or fault.where not in path:
                continue
            if fault.left is not None:
                here[index : index + 1] = [replace(fault, left=fault.left - 1)] if fault.left > 1 else []
                self._changed()
            return fault
        return None


def _hides(older: Fault, newer: Fault) -> bool:
    """Whether of two standing faults only the newer would be met; a state hides nothing but itself."""
    states = {Kind.EXPIRED_TOKEN, Kind.BLOCKED}
    if states & {older.kind, newer.kind}:
        return older.kind is newer.kind
    return older.where == newer.where


async def strike(fault: Fault, channel: Channel, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer one HTTP call as the fault says.  The request has been read whole: it did leave the caller."""
    match fault.kind:
        case Kind.SLOW:
            await asyncio.sleep(3.0 if fault.seconds is None else fault.seconds)
            return await handler(request)
        case Kind.RESET_BEFORE:
            return _cut(request, fault)
        case Kind.CUT_AFTER:
            await handler(request)
            return _cut(request, fault)
        case Kind.HALF_ANSWER:
            return _half(request, fault, await handler(request))
    if fault.stored:
        await handler(request)
    if fault.kind is Kind.HANG:
        await asyncio.sleep(600.0 if fault.seconds is None else fault.seconds)
        return _cut(request, fault)
    return _wrong_answer(fault, channel)


def _cut(request: web.Request, fault: Fault) -> web.Response:
    """Drop the connection with a reset, not a polite end; what is returned goes nowhere."""
    request[CUT] = fault.kind.value
    if request.transport is not None:
        wire = request.transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()


def _half(request: web.Request, fault: Fault, answer: web.StreamResponse) -> web.Response:
    """Promise the whole answer, send the first half of it, and close."""
    request[CUT] = fault.kind.value
    body = answer.body if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else b"{}"
    head = f"HTTP/1.1 {answer.status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    if request.transport is not None:
        request.transport.write(head.encode() + body[: len(body) // 2])
        request.transport.close()
    return web.Response()


def _wrong_answer(fault: Fault, channel: Channel) -> web.Response:
    match fault.kind:
        case Kind.GARBAGE:
            return web.Response(text="<html><body><h1>Chào mừng</h1></body></html>", content_type="text/html")
        case Kind.EMPTY:
            return web.Response(body=b"", content_type="application/json")
        case Kind.HTTP_500:
            return web.Response(status=500, text="Internal Server Error")
        case Kind.HTTP_502:
            page = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
            return web.Response(status=502, text=page, content_type="text/html")
        case Kind.HTTP_429:
            return _too_many(fault, channel)
        case Kind.REFUSED:
            status, body = business_error(channel, fault.code)
            return web.json_response(body, status=status)
        case Kind.EXPIRED_TOKEN:
            return _unauthorized(channel)
        case Kind.BLOCKED:
            status, body = business_error(channel, 21610 if channel is Channel.TWILIO else None)
            return web.json_response(body, status=status)
        case _:
            return web.json_response(business_error(channel, fault.code)[1])


def _too_many(fault: Fault, channel: Channel) -> web.Response:
    wait = fault.retry_after
    headers = {} if wait is None else {"Retry-After": str(wait)}
    if channel is Channel.TELEGRAM:
        seconds = 1 if wait is None else wait
        words = f"Too Many Requests: retry after {seconds}"
        body = {"ok": False, "error_code": 429, "description": words, "parameters": {"retry_after": seconds}}
        return web.json_response(body, status=429, headers=headers)
    if channel is Channel.TWILIO:
        return web.json_response(business_error(channel, 20429)[1] | {"status": 429}, status=429, headers=headers)
    if channel is Channel.SMS:
        return web.json_response({"error": "too many requests"}, status=429, headers=headers)
    return web.Response(status=429, text="Too Many Requests", headers=headers)


def _unauthorized(channel: Channel) -> web.Response:
    if channel is Channel.TWILIO:
        return web.json_response(business_error(channel, 20003)[1] | {"status": 401}, status=401)
    if channel is Channel.TELEGRAM:
        return web.json_response({"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401)
    if channel is Channel.ZALO_OAUTH:
        return web.json_response(business_error(channel, -14014)[1])
    return web.json_response({"error": "unauthorized"}, status=401)


def business_error(channel: Channel, code: int | None) -> tuple[int, dict[str, object]]:
    """The provider's own refusal, with the HTTP status that it usually has.  The code chosen, or a usual one."""
    match channel:
        case Channel.ZALO_OAUTH:
            number = -14014 if code is None else code
            return 200, {"error": number, "error_name": "Invalid refresh token.", "error_reason": ""}
        case Channel.ZALO:
            return 200, {"error": -32 if code is None else code, "message": "Your application reached limit call api"}
        case Channel.TWILIO:
            number = 21614 if code is None else code
            more = f"https://www.twilio.com/docs/errors/{number}"
            return 400, {"code": number, "message": "Refused by the sandbox", "more_info": more, "status": 400}
        case Channel.TELEGRAM:
            number = 400 if code is None else code
            return number, {"ok": False, "error_code": number, "description": "Bad Request: refused by the sandbox"}
        case _:
            return 400, {"error": "refused by the sandbox"}


DRAWER: dict[str, tuple[str, Channel, Kind]] = {
    "zalo_slow": ("Zalo chậm 3 giây", Channel.ZALO, Kind.SLOW),
    "zalo_429": ("Zalo báo 429", Channel.ZALO, Kind.HTTP_429),
    "network_cut": ("Mất mạng giữa chừng", Channel.ZALO, Kind.RESET_BEFORE),
    "token_expired": ("Mã kết nối Zalo hết hạn", Channel.ZALO, Kind.EXPIRED_TOKEN),
    "blocked": ("Người dùng chặn trang", Channel.ZALO, Kind.BLOCKED),
}
"""The five switches on the phone page: key, label, and the fault behind it."""


def drawer(faults: Faults) -> list[dict[str, object]]:
    """The switches with their state, for the phone page."""
    return [
        {"key": key, "label": label, "on": faults.standing(channel, kind) is not None}
        for key, (label, channel, kind) in DRAWER.items()
    ]
