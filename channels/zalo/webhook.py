"""What Zalo tells us: every event of the page, read from one signed call.  Source: facts/zalo.md section 6.

Zalo sends an event more than once and in any order, and some fields may be missing or null.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from channels.errors import Forged, Malformed, Unsigned
from channels.message import Inbound, InboundKind, Reading, Receipt, ReceiptState, Request, ZaloUser
from channels.wire import identifier, json_object, moment, part, text
from channels.zalo.settings import Settings
from vietnam.phone import PhoneError
from vietnam.phone import read as read_phone

_MOST_RECEIPTS = 100
_MAC = re.compile(r"^mac\s*=\s*", re.IGNORECASE)
_TIMESTAMP = re.compile(rb'"timestamp"\s*:\s*"?(\d{1,20})"?')

_MEDIA = frozenset(
    {
        "user_send_image",
        "user_send_gif",
        "user_send_link",
        "user_send_audio",
        "user_send_video",
        "user_send_sticker",
        "user_send_location",
        "user_send_file",
        "user_send_business_card",
    }
)

_PERSON_IN: dict[str, tuple[InboundKind, tuple[str, ...]]] = {
    "user_send_text": (InboundKind.TEXT, ("sender", "id")),
    **dict.fromkeys(_MEDIA, (InboundKind.MEDIA, ("sender", "id"))),
    "follow": (InboundKind.FOLLOW, ("follower", "id")),
    "unfollow": (InboundKind.UNFOLLOW, ("follower", "id")),
    "user_click_chatnow": (InboundKind.OPENED, ("user_id",)),
    "widget_interaction_accepted": (InboundKind.OPENED, ("data", "user_id")),
    "user_withdraw": (InboundKind.WITHDRAWN, ("user_id",)),
    "user_submit_info": (InboundKind.OTHER, ("sender", "id")),
    "user_reacted_message": (InboundKind.OTHER, ("sender", "id")),
    "user_asking_product": (InboundKind.OTHER, ("sender", "id")),
    "user_call_oa": (InboundKind.OTHER, ("sender", "id")),
}
"""What each event means, and where the person's id stands in it.  An event that is not here is kept, of nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    name: str
    body: dict[str, object]
    message: dict[str, object]
    at: datetime
    raw: bytes


def mac(app_id: str, body: bytes, timestamp: bytes, secret: str) -> str:
    """Zalo's signature: plain SHA-256 over the bytes as they came, with the OA Secret Key (facts 6.2)."""
    return hashlib.sha256(app_id.encode() + body + timestamp + secret.encode()).hexdigest()


def read(request: Request, settings: Settings, clock: Callable[[], datetime]) -> Reading:
    """The items of one call.  Raises `Unsigned`, `Forged`, or `Malformed` for what is signed but unreadable."""
    body = _verified(request, settings)
    if identifier(body.get("app_id")) not in {"", settings.app_id}:
        raise Forged("signed for another app")
    name = identifier(body.get("event_name"))
    if not name:
        raise Malformed("no event name")
    event = _Event(
        name=name, body=body, message=part(body, "message"), at=moment(body.get("timestamp"), clock()), raw=request.body
    )
    return Reading(items=_items(event, by_phone=request.headers.get("x-zevent-server", "").strip().upper() == "ZNS"))


def _verified(request: Request, settings: Settings) -> dict[str, object]:
    """The body, once its signature holds: over its own timestamp, so that it is parsed first, once.

    Of a body that is no JSON what looks like a timestamp is taken, for even that may be signed.
    """
    signature = request.headers.get("x-zevent-signature", "").strip()
    if not signature:
        raise Unsigned
    body: dict[str, object] = {}
    unreadable: Malformed | None = None
    try:
        body = json_object(request.body)
        timestamp = identifier(body.get("timestamp")).encode()
    except Malformed as why:
        unreadable = why
        found = _TIMESTAMP.findall(request.body)
        timestamp = bytes(found[-1]) if found else b""
    secret = settings.oa_secret_key.get_secret_value()
    expected = mac(settings.app_id, request.body, timestamp, secret)
    given = _MAC.sub("", signature).lower()
    if not secret or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Forged
    if unreadable is not None:
        raise unreadable
    return body


def _items(event: _Event, *, by_phone: bool) -> tuple[Inbound | Receipt, ...]:
    match event.name:
        case "user_received_message":
            return _delivered(event, by_phone=by_phone)
        case "user_seen_message":
            return _seen(event)
        case name if name.startswith("oa_send_") and not identifier(part(event.body, "sender").get("admin_id")):
            return _echo(event)
        case _:
            return (_inbound(event),)


def _delivered(event: _Event, *, by_phone: bool) -> tuple[Inbound | Receipt, ...]:
    """A template by phone tells our own reference and the hour of delivery; a chat message only Zalo's id."""
    reference = identifier(event.message.get("tracking_id"))
    provider_id = identifier(event.message.get("msg_id"))
    if not provider_id and not reference:
        return (_inbound(event),)
    at = moment(event.message.get("delivery_time"), event.at) if by_phone or reference else event.at
    return (
        Receipt(
            event_id=_event_id(event, provider_id or reference),
            state=ReceiptState.DELIVERED,
            at=at,
            message_id=reference or None,
            provider_id=provider_id or None,
        ),
    )


def _seen(event: _Event) -> tuple[Inbound | Receipt, ...]:
    listed = event.message.get("msg_ids")
    ids = [identifier(each) for each in listed[:_MOST_RECEIPTS]] if isinstance(listed, list) else []
    ids = [each for each in dict.fromkeys([*ids, identifier(event.message.get("msg_id"))]) if each]
    if not ids:
        return (_inbound(event),)
    return tuple(
        Receipt(event_id=_event_id(event, each), state=ReceiptState.SEEN, at=event.at, provider_id=each) for each in ids
    )


def _echo(event: _Event) -> tuple[Inbound | Receipt, ...]:
    """Our own message, told back to us: it is on Zalo's side, and no word of a person."""
    provider_id = identifier(event.message.get("msg_id"))
    if not provider_id:
        return (_inbound(event),)
    receipt = Receipt(
        event_id=_event_id(event, provider_id), state=ReceiptState.ACCEPTED, at=event.at, provider_id=provider_id
    )
    return (receipt,)


def _inbound(event: _Event) -> Inbound:
    kind, path = _PERSON_IN.get(event.name, (InboundKind.OTHER, ()))
    person = _at(event.body, path)
    if kind is not InboundKind.OTHER and not person:
        kind = InboundKind.OTHER
    return Inbound(
        event_id=_event_id(event, identifier(event.message.get("msg_id"))),
        kind=kind,
        sender=ZaloUser(user_id=person) if person else None,
        at=event.at,
        text=text(event.message.get("text")),
        phone=_given_phone(event),
        name=event.name,
    )


def _at(body: dict[str, object], path: tuple[str, ...]) -> str:
    here: object = body
    for name in path:
        here = here.get(name) if isinstance(here, dict) else None
    return identifier(here)


def _given_phone(event: _Event) -> str | None:
    """The number in a filled form ("user_submit_info"): typed by the person, so nothing proves that it is theirs."""
    if event.name != "user_submit_info":
        return None
    try:
        return read_phone(identifier(part(event.body, "info").get("phone")))
    except PhoneError:
        return None


def _event_id(event: _Event, msg_id: str) -> str:
    """Zalo gives none: message, event and recipient together; without a message, the hash of the bytes."""
    if not msg_id:
        return hashlib.sha256(event.raw).hexdigest()
    recipient = identifier(part(event.body, "recipient").get("id"))
    return f"{event.name}:{msg_id}:{recipient}"
