"""Zalo, the first voice: free chat with those who wrote to the province's page, templates to the others.

Source: facts/zalo.md, of 2026-11; from documents and other people's code only, never tried against Zalo.
"""

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime

from channels.channel import Capabilities
from channels.errors import Rejected, SendError, Throttled, Unknown
from channels.http import Answer, Http, retry_after
from channels.message import Accepted, Address, Message, Phone, Reading, Receipt, ReceiptState, Request, ZaloUser
from channels.wire import identifier, moment, part, text
from channels.zalo import sending, webhook
from channels.zalo.codes import TOKEN_CODES, Host, fault, known
from channels.zalo.settings import Settings
from channels.zalo.tokens import Tokens, TokenStore

log = logging.getLogger(__name__)

_REFUSED_BEFORE_ZALO = frozenset(range(400, 500)) - {408, 425, 429, 499}
"""HTTP statuses of something in front of Zalo that did not pass the call on; Zalo's own refusals come with 200."""


class Zalo:
    """The province's page on Zalo (Official Account)."""

    name = "zalo"

    def __init__(
        self,
        settings: Settings,
        *,
        store: TokenStore,
        clock: Callable[[], datetime],
        client: type[Http] = Http,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._http = client(connections=settings.connections, read_seconds=settings.timeout_seconds)
        self._tokens = Tokens(settings, self._http, store, clock)
        self.can = Capabilities(
            addresses=frozenset[type[Address]]((ZaloUser, Phone)),
            longest=sending.LONGEST_TEXT,
            buttons=sending.MOST_BUTTONS,
            templates=True,
            receipts=True,
            asks=True,
            two_way=True,
            rate_per_second=settings.rate_per_second,
            connections=settings.connections,
        )

    async def open(self) -> None:
        await self._http.open()

    async def close(self) -> None:
        await self._tokens.close()
        await self._http.close()

    async def send(self, message: Message) -> Accepted:
        """A consultation text, a template by user id or a template by phone: the address and the template decide."""
        call = sending.call(message)
        answer = await self._ask(call.host, "POST", call.path, payload=call.payload)
        data = part(answer, "data")
        return Accepted(
            provider_id=identifier(data.get("msg_id")) or identifier(data.get("message_id")) or None,
            quota_left=_quota_left(data),
        )

    def read(self, request: Request) -> Reading:
        return webhook.read(request, self._settings, self._clock)

    async def ask(self, message: Message, provider_id: str | None, since: datetime) -> Receipt | None:
        """What became of a template by phone.  Zalo knows it by its own id only, not by ours (facts 4.3)."""
        if provider_id is None or not isinstance(message.to, Phone):
            return None
        answer = await self._ask(Host.BUSINESS, "GET", "/message/status", query={"message_id": provider_id})
        data = part(answer, "data")
        states = {"1": ReceiptState.DELIVERED, "0": ReceiptState.ACCEPTED}
        state = states.get(identifier(data.get("status")))
        if state is None:
            return None
        return Receipt(
            event_id=f"status:{provider_id}:{state}",
            state=state,
            at=moment(data.get("delivery_time"), self._clock()),
            message_id=message.id,
            provider_id=provider_id,
        )

    async def upkeep(self) -> str:
        return await self._tokens.upkeep()

    async def check(self) -> str:
        """Ask Zalo who we are: the token, the proof and the page are right."""
        data = part(await self._ask(Host.OA, "GET", "/v2.0/oa/getoa"), "data")
        found = identifier(data.get("oaid")) or identifier(data.get("oa_id"))
        if found and found != self._settings.oa_id:
            raise Rejected("the token belongs to another page", code="ours", permanent=False, ours=True)
        package = text(data.get("package_name"), 60) or "không rõ"
        return f"Trang Zalo «{text(data.get('name'), 100)}» trả lời tốt, gói dịch vụ: {package}."

    async def _ask(
        self,
        host: Host,
        method: str,
        path: str,
        *,
        payload: Mapping[str, object] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, object]:
        """One question; when Zalo says that the token is not valid any more, renewed and asked once again."""
        token = await self._tokens.access()
        answer = await self._call(host, method, path, token, payload, query)
        if _error(answer) in TOKEN_CODES:
            token = await self._tokens.renewed(token)
            answer = await self._call(host, method, path, token, payload, query)
        return self._understood(host, answer)

    async def _call(
        self,
        host: Host,
        method: str,
        path: str,
        token: str,
        payload: Mapping[str, object] | None,
        query: Mapping[str, str] | None,
    ) -> Answer:
        base = self._settings.api_base if host is Host.OA else self._settings.business_base
        secret = self._settings.app_secret.get_secret_value()
        return await self._http.request(
            method,
            base + path,
            headers={
                "access_token": token,
                "appsecret_proof": appsecret_proof(secret, token),
                "Content-Type": "application/json",
            },
            query=query,
            body=None if payload is None else json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace"),
        )

    def _understood(self, host: Host, answer: Answer) -> dict[str, object]:
        """The body of a success; otherwise the error that Zalo's answer stands for."""
        if answer.status == 429:
            raise Throttled(f"{host}: HTTP 429", retry_after=retry_after(answer.headers), code=f"{host}:429")
        error = _error(answer)
        if error == 0 and answer.status == 200:
            return answer.json() or {}
        raise self._refusal(host, answer, error)

    def _refusal(self, host: Host, answer: Answer, error: int | None) -> SendError:
        if error and answer.status < 500:
            if not known(host, error):
                log.error("zalo answered with a code that no document names: %s:%s", host, error)
            message = (answer.json() or {}).get("message")
            return fault(host, error, message if isinstance(message, str) else "", self._clock())
        if answer.status in _REFUSED_BEFORE_ZALO:
            return Rejected(f"{host}: HTTP {answer.status}", code=f"{host}:{answer.status}", permanent=False, ours=True)
        return Unknown(f"{host}: HTTP {answer.status} without an answer that Zalo gives")


def appsecret_proof(app_secret: str, access_token: str) -> str:
    """The proof that goes with each call, computed anew for each token (facts 1)."""
    return hmac.new(app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()


def _error(answer: Answer) -> int | None:
    """Zalo's code: a number, or the same as text; None when there is none."""
    body = answer.json()
    code = str((body or {}).get("error", ""))
    return int(code) if re.fullmatch(r"-?\d{1,9}", code) else None


def _quota_left(data: dict[str, object]) -> int | None:
    """What is left today, as a template by phone says (`remainingQuota`) and as a chat message says (`remain`)."""
    quota = part(data, "quota")
    left = identifier(quota.get("remainingQuota")) or identifier(quota.get("remain"))
    return int(left) if left.isdecimal() and len(left) < 10 else None
