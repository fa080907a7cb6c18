"""An address or an `Inbound` as plain data, and back: an address is tagged by its kind, a moment is kept as it is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from channels.message import Address, Inbound, InboundKind, Mailbox, Phone, TelegramChat, ZaloUser

AddressKind = Literal["phone", "zalo", "telegram", "email"]


def inbound_to_item(inbound: Inbound) -> dict[str, object]:
    """What `store.inbox.put` seals."""
    return {
        "event_id": inbound.event_id,
        "kind": inbound.kind.value,
        "sender": None if inbound.sender is None else list(tagged(inbound.sender)),
        "at": inbound.at,
        "text": inbound.text,
        "phone": inbound.phone,
        "name": inbound.name,
    }


def inbound_from_item(item: Mapping[str, Any]) -> Inbound:
    """What `inbound_to_item` made, again; further keys (the raw body of what could not be read) are left out."""
    sender = item.get("sender")
    at = item["at"]
    return Inbound(
        event_id=item["event_id"],
        kind=InboundKind(item["kind"]),
        sender=None if sender is None else untagged(sender[0], sender[1]),
        at=at if isinstance(at, datetime) else datetime.fromisoformat(at),
        text=item.get("text", ""),
        phone=item.get("phone"),
        name=item.get("name", ""),
    )


def tagged(address: Address) -> tuple[AddressKind, str]:
    """An address as two words: its kind and its value."""
    match address:
        case Phone(number=value):
            return "phone", value
        case ZaloUser(user_id=value):
            return "zalo", value
        case TelegramChat(chat_id=value):
            return "telegram", value
        case Mailbox(address=value):
            return "email", value


def untagged(kind: str, value: str) -> Address:
    """What `tagged` took apart, again. Raises ValueError for a kind that there is not."""
    match kind:
        case "phone":
            return Phone(number=value)
        case "zalo":
            return ZaloUser(user_id=value)
        case "telegram":
            return TelegramChat(chat_id=value)
        case "email":
            return Mailbox(address=value)
    raise ValueError(f"no such kind of address: {kind}")
