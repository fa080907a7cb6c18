"""SMS through any gateway that speaks this house's own plain HTTP: POST JSON with a bearer token.

Source: DESIGN.md, "The generic SMS gateway", which is a promise; whoever adapts a carrier writes to it.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Self

import orjson
from pydantic import BaseModel, Field, SecretStr, model_validator

from channels.errors import Forged, Malformed, Rejected, Throttled, Unknown
from channels.http import Answer, Http, WebAddress, retry_after
from channels.message import Accepted, Inbound, InboundKind, Message, Phone, Reading, Receipt, ReceiptState, Request
from channels.sms.gateway import PRICE, Powers
from channels.wire import identifier, json_object, text, words
from vietnam.phone import PhoneError
from vietnam.phone import read as read_phone

_OURS = frozenset({401, 402, 403, 404, 405, 413, 415})
"""Statuses that blame our address, key, money or form, and say nothing of the person."""
_UNCLEAR = frozenset({408, 425, 499})
_STATES = {"delivered": ReceiptState.DELIVERED, "failed": ReceiptState.FAILED}
"""An unknown word means that the message is on its way, never an error."""


class Settings(BaseModel, frozen=True, extra="forbid"):
    """`[channels.sms.http]`: a gateway that takes our own plain form."""

    url: WebAddress | None = Field(default=None, description="Địa chỉ nhận tin của cổng SMS.")
    token: SecretStr = Field(
        default=SecretStr(""), description="Khóa gửi kèm mỗi tin, và cổng gửi kèm khi báo kết quả."
    )
    sender: str = Field(default="", max_length=15, description="Tên định danh (brandname) hoặc đầu số gửi.")
    idempotent: bool = Field(
        default=False, description="Cổng từ chối tin trùng mã: khi không rõ kết quả thì được gửi lại cùng mã."
    )
    price: float | None = Field(default=None, ge=0, description=PRICE)
    timeout_seconds: float = Field(default=10, gt=0, le=120, description="Chờ cổng SMS trả lời bao nhiêu giây.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.url is not None and not self.token.get_secret_value():
            raise ValueError("thiếu token")
        return self


class HttpGateway:
    """The generic gateway."""

    name = "http"

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime], http: Http) -> None:
        self._settings = settings
        self._clock = clock
        self._http = http
        self._bearer = f"Bearer {settings.token.get_secret_value()}"
        self.can = Powers(deduplicates=settings.idempotent)
        self.price = settings.price

    async def open(self) -> None:
        await self._http.open()

    async def close(self) -> None:
        await self._http.close()

    async def send(self, message: Message, number: str) -> Accepted:
        if self._settings.url is None:
            raise Rejected("no url of the SMS gateway", code="ours", permanent=False, ours=True)
        payload = {"id": message.id, "from": self._settings.sender, "to": number, "text": message.text}
        answer = await self._http.request(
            "POST",
            self._settings.url,
            headers={"Authorization": self._bearer, "Content-Type": "application/json"},
            body=_encoded(payload),
        )
        return _understood(answer)

    def read(self, request: Request, token: str) -> Reading:
        """A receipt `{"id", "status", "error"}` or a person's text `{"from", "text", "message_id"}`."""
        given = request.headers.get("authorization", "").strip()
        if not self._settings.token.get_secret_value() or not hmac.compare_digest(
            given.encode(), self._bearer.encode()
        ):
            raise Forged
        body = json_object(request.body)
        if "status" in body:
            return Reading(items=(self._receipt(body),))
        if "from" in body and "text" in body:
            return Reading(items=(self._inbound(body, request.body),))
        raise Malformed("neither a receipt nor a text")

    async def ask(self, message: Message, number: str, provider_id: str | None, since: datetime) -> Receipt | None:
        return None

    async def check(self) -> str:
        """The contract has no question to ask, so only the configuration is looked at."""
        if self._settings.url is None:
            raise Rejected("no url of the SMS gateway", code="ours", permanent=False, ours=True)
        return "Cổng SMS http đã được cấu hình (chuẩn này không có lệnh kiểm tra)."

    def _receipt(self, body: dict[str, object]) -> Receipt:
        message_id = identifier(body.get("id"))
        status = identifier(body.get("status")).lower()
        if not message_id or not status:
            raise Malformed("a receipt without id or status")
        return Receipt(
            event_id=f"{message_id}:{status}",
            state=_STATES.get(status, ReceiptState.ACCEPTED),
            at=self._clock(),
            message_id=message_id,
            error=words(body.get("error")),
        )

    def _inbound(self, body: dict[str, object], raw: bytes) -> Inbound:
        sender = phone(body.get("from"))
        return Inbound(
            event_id=identifier(body.get("message_id")) or hashlib.sha256(raw).hexdigest(),
            kind=InboundKind.TEXT if sender else InboundKind.OTHER,
            sender=sender,
            at=self._clock(),
            text=text(body.get("text")),
            name="sms",
        )


def _encoded(payload: dict[str, str]) -> bytes:
    """Half a surrogate pair, which is no character, goes as a question mark."""
    try:
        return orjson.dumps(payload)
    except TypeError:
        return json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")


def phone(value: object) -> Phone | None:
    """Who wrote, when it is a Vietnamese mobile number; a brandname or a short code is nobody."""
    try:
        return Phone(number=read_phone(identifier(value)))
    except PhoneError:
        return None


def _understood(answer: Answer) -> Accepted:
    body = answer.json()
    if answer.status == 429:
        raise Throttled("HTTP 429", retry_after=retry_after(answer.headers), code="http:429")
    if answer.status >= 500 or answer.status in _UNCLEAR:
        raise Unknown(f"HTTP {answer.status}")
    if 400 <= answer.status < 500:
        ours = answer.status in _OURS
        why = words((body or {}).get("error"))
        raise Rejected(f"HTTP {answer.status} {why}", code=f"http:{answer.status}", permanent=not ours, ours=ours)
    if body is None or answer.status >= 300:
        raise Unknown(f"HTTP {answer.status} without the agreed answer")
    if body.get("error"):
        raise Rejected(words(body["error"]) or "refused", code="http:error", permanent=True)
    provider_id = identifier(body.get("id"))
    if not provider_id:
        raise Unknown("an answer without an id")
    return Accepted(provider_id=provider_id)
