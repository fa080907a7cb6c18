"""Twilio's Messages API: create, list, fetch, redact; signed status callbacks and inbound texts.

Source: facts/gateways.md section 2.  Forms in, JSON out; there is no idempotency key, and no callback for the first
status.
"""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Literal
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from sandbox.carrier import Carrier
from sandbox.courier import Courier
from sandbox.inboxes import Person, Sms, Webhook
from sandbox.settings import Settings
from sandbox.testnumbers import FAILS_ONCE
from sandbox.world import World

BASE = "/2010-04-01/Accounts/{account}/Messages"
MESSAGES: Mapping[int, tuple[int, str]] = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too many requests"),
    21211: (400, "Invalid 'To' Phone Number"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21609: (400, "The 'StatusCallback' URL is not a valid URL."),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
}
NUMBER = re.compile(r"\+[1-9]\d{7,14}")
LANDLINE = re.compile(r"\+842\d{8,9}")
LONGEST_TEXT = 1_600


def signature(token: str, url: str, fields: Mapping[str, str]) -> str:
    """`X-Twilio-Signature`: base64 of HMAC-SHA1 over the URL and each field's name and value, sorted by name."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()


class Message:
    """A message resource, with what Twilio knows beside the text on the phone."""

    def __init__(self, sms: Sms, callback: str) -> None:
        self.sms = sms
        self.callback = callback
        self.status: Literal["queued", "sent", "delivered", "undelivered"] = "queued"
        self.error_code: int | None = None
        self.updated = sms.at


class Refused(Exception):
    """Twilio says no: its code decides the HTTP status."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Twilio:
    """The account's messages."""

    def __init__(self, settings: Settings, world: World, courier: Courier, carrier: Carrier) -> None:
        self._settings = settings
        self._world = world
        self._courier = courier
        self._carrier = carrier
        self._messages: dict[str, Message] = {}

    def routes(self) -> list[web.RouteDef]:
        """What this API serves."""
        return [
            web.post(BASE + ".json", self.create),
            web.get(BASE + ".json", self.list),
            web.get(BASE + "/{sid}.json", self.fetch),
            web.post(BASE + "/{sid}.json", self.update),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """Take a text: 201 with the whole resource, or an error with Twilio's code."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            self._authenticate(request)
            self._check(form)
        except Refused as refusal:
            return _refusal(refusal.code)
        sms = self._carrier.take(
            our_id=(sid := f"SM{self._world.new_id(32)}"),
            gateway_id=sid,
            gateway="twilio",
            sender=form.get("From") or form["MessagingServiceSid"],
            to=form["To"].removeprefix("+"),
            text=form["Body"],
        )
        message = self._messages[sid] = Message(sms, form.get("StatusCallback", ""))
        self._courier.spawn(self._follow(message))
        return web.json_response(self._resource(message), status=201)

    async def list(self, request: web.Request) -> web.Response:
        """The account's messages, newest first, by To, From and DateSent: the only way to look for a lost create."""
        try:
            self._authenticate(request)
        except Refused as refusal:
            return _refusal(refusal.code)
        asked = request.query
        size = max(1, min(1000, _number(asked.get("PageSize"), 50)))
        page = _number(asked.get("Page"), 0)
        found = [each for each in reversed(self._messages.values()) if _matches(each.sms, asked)]
        shown = found[page * size : (page + 1) * size]
        following = {**asked, "Page": str(page + 1), "PageSize": str(size)}
        more = f"{request.path}?{urlencode(following)}" if len(found) > (page + 1) * size else None
        body = {
            "messages": [self._resource(each) for each in shown],
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(len(shown) - 1, 0),
            "uri": request.path_qs,
            "first_page_uri": request.path_qs,
            "next_page_uri": more,
            "previous_page_uri": None,
        }
        return web.json_response(body)

    async def fetch(self, request: web.Request) -> web.Response:
        """One message."""
        try:
            return web.json_response(self._resource(self._named(request)))
        except Refused as refusal:
            return _refusal(refusal.code)

    async def update(self, request: web.Request) -> web.Response:
        """Redact a message's text (`Body=` empty)."""
        try:
            message = self._named(request)
        except Refused as refusal:
            return _refusal(refusal.code)
        if (await request.post()).get("Body") == "":
            message.sms.text = ""
        return web.json_response(self._resource(message))

    async def receive(self, person: Person, text: str) -> int:
        """Somebody answers by SMS; the status that the house gave, 0 for none."""
        fields = {
            "MessageSid": f"SM{self._world.new_id(32)}",
            "AccountSid": self._settings.twilio_account,
            "From": f"+{person.phone}",
            "To": self._settings.two_way_number,
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
            "ApiVersion": "2010-04-01",
        }
        return await self._post("inbound", self._world.links.webhook_base + "/webhooks/sms/twilio", fields)

    async def _follow(self, message: Message) -> None:
        await self._courier.wait(self._settings.delivery_after / 2)
        await self._become(message, "sent")
        fate = self._carrier.fate(message.sms)
        if fate == "silent":
            return
        await self._courier.wait(self._settings.delivery_after / 2)
        self._carrier.arrive(message.sms, fate)
        message.error_code = None if fate == "delivered" else 30005
        await self._become(message, "delivered" if fate == "delivered" else "undelivered")

    async def _become(self, message: Message, status: Literal["sent", "delivered", "undelivered"]) -> None:
        message.status = status
        message.updated = self._world.clock()
        if not message.callback:
            return
        fields = {
            "MessageSid": message.sms.gateway_id,
            "SmsSid": message.sms.gateway_id,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": f"+{message.sms.to}",
            "From": message.sms.sender,
            "AccountSid": self._settings.twilio_account,
            "ApiVersion": "2010-04-01",
        }
        if message.error_code is not None:
            fields["ErrorCode"] = str(message.error_code)
        await self._post(status, message.callback, fields)

    async def _post(self, event: str, url: str, fields: Mapping[str, str]) -> int:
        """One webhook, and one more try if there was no connection; both bear the same idempotency token."""
        raw = urlencode(fields).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(self._settings.twilio_token, url, fields),
            "I-Twilio-Idempotency-Token": self._world.new_id(32),
        }
        note = Webhook(provider="twilio", event=event, body=raw, headers=headers, at=self._world.clock())
        self._world.webhooks.append(note)
        status = 0
        for _ in range(2):
            status, _answer = await self._courier.post(url.split("#")[0], raw, headers, limit=15)
            note.attempts.append(status)
            if status:
                break
        self._world.stir()
        return status

    def _named(self, request: web.Request) -> Message:
        self._authenticate(request)
        message = self._messages.get(request.match_info["sid"])
        if message is None:
            raise Refused(20404)
        return message

    def _authenticate(self, request: web.Request) -> None:
        wanted = f"{self._settings.twilio_account}:{self._settings.twilio_token}"
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        try:
            pair = b64decode(given, validate=True)
        except ValueError:
            raise Refused(20003) from None
        if kind.lower() != "basic" or not hmac.compare_digest(pair, wanted.encode()):
            raise Refused(20003)
        if request.match_info["account"] != self._settings.twilio_account:
            raise Refused(20404)

    def _check(self, form: Mapping[str, str]) -> None:
        to, body, callback = form.get("To", ""), form.get("Body", ""), form.get("StatusCallback", "")
        if not to:
            raise Refused(21604)
        if not NUMBER.fullmatch(to):
            raise Refused(21211)
        if LANDLINE.fullmatch(to):
            raise Refused(21614)
        if not form.get("From") and not form.get("MessagingServiceSid"):
            raise Refused(21603)
        if not body.strip():
            raise Refused(21602)
        if len(body) > LONGEST_TEXT:
            raise Refused(21617)
        address = urlsplit(callback)
        if callback and (address.scheme not in ("http", "https") or "_" in (address.hostname or "_")):
            raise Refused(21609)
        if to == f"+{FAILS_ONCE}" and self._world.attempt("twilio", to + body) == 1:
            raise Refused(20429)

    def _resource(self, message: Message) -> dict[str, object]:
        sms, account = message.sms, self._settings.twilio_account
        uri = f"/2010-04-01/Accounts/{account}/Messages/{sms.gateway_id}"
        return {
            "sid": sms.gateway_id,
            "account_sid": account,
            "api_version": "2010-04-01",
            "body": sms.text,
            "from": sms.sender,
            "to": f"+{sms.to}",
            "messaging_service_sid": None,
            "status": message.status,
            "direction": "outbound-api",
            "num_segments": str(sms.parts),
            "num_media": "0",
            "price": None,
            "price_unit": None,
            "error_code": message.error_code,
            "error_message": None,
            "date_created": _rfc2822(sms.at),
            "date_updated": _rfc2822(message.updated),
            "date_sent": None if message.status == "queued" else _rfc2822(message.updated),
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "uri": f"{uri}.json",
        }


def _rfc2822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))


def _number(text: str | None, usual: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else usual


def _matches(sms: Sms, asked: Mapping[str, str]) -> bool:
    day = sms.at.astimezone(UTC).date().isoformat()
    after, before = asked.get("DateSent>", "")[:10], asked.get("DateSent<", "")[:10]
    return (
        asked.get("To", f"+{sms.to}") == f"+{sms.to}"
        and asked.get("From", sms.sender) == sms.sender
        and asked.get("DateSent", day)[:10] == day
        and (not after or day >= after)
        and (not before or day <= before)
    )


def _refusal(code: int) -> web.Response:
    status, words = MESSAGES[code]
    more = f"https://www.twilio.com/docs/errors/{code}"
    return web.json_response({"code": code, "message": words, "more_info": more, "status": status}, status=status)
