"""What is said to a person, and what comes back: the words that every room above shares with the channels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A Vietnamese mobile number (số di động), E.164 digits without the plus: `84912345678`."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ZaloUser:
    """A person as the province's Zalo page knows them: a decimal id, valid for this page only."""

    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramChat:
    """A private chat with our Telegram bot."""

    chat_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """An email address."""

    address: str


Address = Phone | ZaloUser | TelegramChat | Mailbox


class ButtonKind(StrEnum):
    """What a tap does."""

    SAY = "say"  # `value` comes back as if the person had typed it
    OPEN = "open"  # `value` is an https URL
    CALL = "call"  # `value` is a phone number
    CONTACT = "contact"  # asks the person to share their own phone number


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One button under a message; channels without buttons write the choices out as numbers."""

    kind: ButtonKind
    title: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A text registered with the provider, by its id, with our parameters."""

    id: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, rendered, to one address.

    `id` is ours and the same on every attempt: a provider that refuses a repeated reference sees a repeat.
    `via`: by this provider of the channel and no other; None: as the channel likes.
    """

    id: str
    to: Address
    text: str
    buttons: tuple[Button, ...] = ()
    template: Template | None = None
    subject: str | None = None
    html: str | None = None
    via: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The provider took the message into its queue; this is not yet delivery."""

    provider_id: str | None = None
    quota_left: int | None = None


class InboundKind(StrEnum):
    """What a person did."""

    TEXT = "text"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    CONTACT = "contact"  # shared their own phone number, proved by the provider: `phone`
    MEDIA = "media"  # a picture, file, sticker, voice, place: kept as a kind only, never fetched
    OPENED = "opened"  # pressed "Nhắn tin" or a widget: opens the window for free messages
    WITHDRAWN = "withdrawn"  # takes back consent or asks for deletion
    OTHER = "other"  # an event without a use yet: kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One thing that a person did, read from a webhook. `event_id` is the provider's, or derived: see `read`."""

    event_id: str
    kind: InboundKind
    sender: Address | None
    at: datetime
    text: str = ""
    phone: str | None = None
    name: str = ""  # the provider's own event name, for the log


class ReceiptState(StrEnum):
    """What a provider says became of a message."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    SEEN = "seen"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A provider's word on one message: by our id where it echoes it, else by its own."""

    event_id: str
    state: ReceiptState
    at: datetime
    message_id: str | None = None
    provider_id: str | None = None
    error: str = ""
    permanent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A webhook call as it came: plain, so that a test needs no server. `url` is the public one, query included."""

    method: str
    url: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What this provider expects to hear back."""

    status: int = 200
    content_type: str = "application/json"
    body: bytes = b"{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a webhook call held, and the answer to it."""

    items: tuple[Inbound | Receipt, ...] = ()
    answer: Answer = field(default_factory=Answer)
