"""SMS through Twilio, by its official package over our own transport.  Source: facts/gateways.md section 2.

A channel abroad: off unless configured.  To Vietnam it is one-way, and its "delivered" is a carrier's word only.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import parse_qsl

from multidict import MultiDict
from pydantic import BaseModel, Field, SecretStr, model_validator

from channels.errors import Forged, Malformed, Unknown
from channels.http import Http, Origin
from channels.message import (
    Accepted,
    Answer,
    Inbound,
    InboundKind,
    Message,
    Reading,
    Receipt,
    ReceiptState,
    Request,
)
from channels.sms.gateway import PRICE, Powers
from channels.sms.http import phone
from channels.sms.twilio_client import NOBODY, TwilioClient, refused, signed
from channels.wire import identifier, text

_STATES = {
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.SEEN,
    "undelivered": ReceiptState.FAILED,
    "failed": ReceiptState.FAILED,
    "canceled": ReceiptState.FAILED,
}
"""Any other word is a message under way."""

_TWIML = Answer(content_type="text/xml", body=b'<?xml version="1.0" encoding="UTF-8"?><Response/>')
_LOOKED_THROUGH = 100
_ABSENT_AFTER = timedelta(minutes=2)
_CLOCK_SKEW = timedelta(minutes=1)


class Settings(BaseModel, frozen=True, extra="forbid"):
    """`[channels.sms.twilio]`: an account of Twilio, as a fallback or for foreign numbers."""

    account_sid: str = Field(default="", description="Account SID, bắt đầu bằng AC.")
    auth_token: SecretStr = Field(default=SecretStr(""), description="Auth Token, cũng dùng để kiểm chữ ký webhook.")
    sender: str = Field(
        default="", max_length=20, description="Số (+84…) hoặc tên gửi, nếu không dùng dịch vụ nhắn tin."
    )
    messaging_service_sid: str = Field(default="", description="Messaging Service SID, bắt đầu bằng MG.")
    api_base: Origin = Field(default="https://api.twilio.com", description="Máy chủ API của Twilio.")
    validity_seconds: int = Field(default=14_400, ge=1, le=36_000, description="Sau bao nhiêu giây thì thôi gửi.")
    price: float | None = Field(default=None, ge=0, description=PRICE)
    timeout_seconds: float = Field(default=10, gt=0, le=120, description="Chờ Twilio trả lời bao nhiêu giây.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.account_sid:
            return self
        faults = [] if self.auth_token.get_secret_value() else ["thiếu auth_token"]
        if not self.sender and not self.messaging_service_sid:
            faults.append("thiếu sender hoặc messaging_service_sid")
        if faults:
            raise ValueError("; ".join(faults))
        return self


class Twilio:
    """Twilio as a gateway.  `public_url` is ours, for the status callback; "" asks for none."""

    name = "twilio"

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime], http: Http, public_url: str = "") -> None:
        self._settings = settings
        self._clock = clock
        self._http = http
        self._callback = f"{public_url.rstrip('/')}/webhooks/sms/twilio" if public_url else ""
        self._client = TwilioClient(
            settings.account_sid, settings.auth_token.get_secret_value(), settings.api_base, http
        )
        self.can = Powers(receipts=bool(public_url), asks=True)
        self.price = settings.price

    async def open(self) -> None:
        await self._http.open()

    async def close(self) -> None:
        await self._http.close()

    async def send(self, message: Message, number: str) -> Accepted:
        form: dict[str, object] = {
            "to": f"+{number}",
            "body": message.text,
            "validity_period": self._settings.validity_seconds,
        }
        if self._callback:
            form["status_callback"] = self._callback
        if self._settings.messaging_service_sid:
            form["messaging_service_sid"] = self._settings.messaging_service_sid
        if self._settings.sender:
            form["from_"] = self._settings.sender
        created = await self._client.create(**form)
        error = identifier(created.error_code)
        if error.isdecimal():
            raise refused(int(error))
        sid = identifier(created.sid)
        if not sid:
            raise Unknown("an answer without a sid")
        return Accepted(provider_id=sid)

    def read(self, request: Request, token: str) -> Reading:
        """A status callback or a person's text; both signed over the public URL and all fields."""
        fields = self._verified(request)
        sid = identifier(fields.get("MessageSid") or fields.get("SmsSid"))
        if not sid:
            raise Malformed("no MessageSid")
        status = identifier(fields.get("MessageStatus")).lower()
        if status and status != "received":
            return Reading(items=(self._receipt(sid, status, fields.get("ErrorCode"), self._clock()),), answer=_TWIML)
        sender = phone(fields.get("From"))
        inbound = Inbound(
            event_id=sid,
            kind=InboundKind.TEXT if sender else InboundKind.OTHER,
            sender=sender,
            at=self._clock(),
            text=text(fields.get("Body")),
            name="sms",
        )
        return Reading(items=(inbound,), answer=_TWIML)

    async def ask(self, message: Message, number: str, provider_id: str | None, since: datetime) -> Receipt | None:
        """By Twilio's id; without one, by looking through what went to this number since (its only way to tell)."""
        if provider_id is not None:
            found = await self._client.fetch(provider_id)
        else:
            found = await self._looked_for(message, number, since)
        if found is not None:
            receipt = self._receipt(identifier(found.sid), identifier(found.status), found.error_code, self._clock())
            return replace(receipt, message_id=message.id)
        if self._clock() - since < _ABSENT_AFTER:
            return None
        return Receipt(
            event_id=f"{message.id}:absent",
            state=ReceiptState.FAILED,
            at=self._clock(),
            message_id=message.id,
            error="absent: Twilio created nothing",
            permanent=False,
        )

    async def check(self) -> str:
        """Twilio has no cheaper question that proves the account and the key."""
        await self._client.sent(most=1)
        return "Tài khoản Twilio trả lời tốt."

    async def _looked_for(self, message: Message, number: str, since: datetime) -> Any | None:
        sent = await self._client.sent(to=f"+{number}", most=_LOOKED_THROUGH)
        earliest = since - _CLOCK_SKEW
        for each in sent:
            created = each.date_created
            dated = created if isinstance(created, datetime) else earliest
            dated = dated if dated.tzinfo else dated.replace(tzinfo=UTC)
            if each.body == message.text and dated >= earliest:
                return each
        return None

    def _verified(self, request: Request) -> MultiDict[str]:
        signature = request.headers.get("x-twilio-signature", "")
        secret = self._settings.auth_token.get_secret_value()
        try:
            pairs = parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=200)
        except ValueError as fault:
            raise Forged("unreadable, so its signature cannot hold") from fault
        fields = MultiDict(pairs)
        settings = request.headers.get("x-twilio-webhooks-signature-settings", "")
        if not secret or not signed(secret, request.url, fields, signature, settings):
            raise Forged
        return fields

    def _receipt(self, sid: str, status: str, error_code: object, at: datetime) -> Receipt:
        code = identifier(error_code)
        return Receipt(
            event_id=f"{sid}:{status}",
            state=_STATES.get(status, ReceiptState.ACCEPTED),
            at=at,
            provider_id=sid,
            error=f"twilio:{code}" if code else "",
            permanent=code.isdecimal() and int(code) in NOBODY,
        )
