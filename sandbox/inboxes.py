"""What the outside world holds: the people, what lies in their inboxes, and the calls that were seen."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

State = Literal["sent", "delivered", "seen", "failed"]


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody with a phone.  `phone` is 84…; without `zalo_user_id` there is no Zalo account on it.

    `blocked` refuses all of the page's messages, `restricted` only template messages; a `silent` phone is off:
    messages are taken for it and never delivered.
    """

    key: str
    name: str
    phone: str
    email: str = ""
    zalo_user_id: str = ""
    user_id_by_app: str = ""
    telegram_id: int = 0
    note: str = ""
    follows: bool = False
    blocked: bool = False
    restricted: bool = False
    silent: bool = False
    telegram_started: bool = False
    telegram_blocked: bool = False
    last_interaction: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Button:
    """A button under a message, with Zalo's own type (`oa.query.show`, `oa.open.url`, …)."""

    title: str
    type: str
    payload: object


@dataclass(slots=True, kw_only=True)
class ChatMessage:
    """One line of a chat.  `template` holds the template's id, name and values when it was one.

    `pressed` is the button that the person chose, counted from 0.
    """

    id: str
    person: str
    sender: Literal["me", "oa"]
    text: str
    at: datetime
    buttons: list[Button] = field(default_factory=list)
    state: State = "sent"
    template: dict[str, object] | None = None
    service: Literal["zalo", "telegram"] = "zalo"
    tracking_id: str = ""
    charged: bool = False
    pressed: int | None = None


@dataclass(slots=True, kw_only=True)
class Sms:
    """An SMS on a phone; `id` is the sender's own reference, `price` in đồng for all parts."""

    id: str
    gateway_id: str
    gateway: Literal["http", "twilio"]
    sender: str
    to: str
    text: str
    characters: int
    parts: int
    price: int
    at: datetime
    state: State = "sent"


@dataclass(slots=True, kw_only=True)
class Mail:
    """A mail in a mailbox: the parts that a reader shows, and the raw bytes."""

    id: str
    message_id: str
    to: str
    envelope_from: str
    sender: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    raw: bytes
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP call of a provider's API as it was seen.  Tokens in `headers`, `path` and `body` are masked.

    `status` 0 means that the connection was cut before an answer; `error` is the provider's own code, 0 when well.
    """

    host: str
    method: str
    path: str
    status: int
    error: str
    body: str
    headers: dict[str, str]
    at: datetime


@dataclass(slots=True, kw_only=True)
class Webhook:
    """One event that a provider sent to the house; `attempts` holds the status of each try, 0 when there was none."""

    provider: str
    event: str
    body: bytes
    headers: dict[str, str]
    at: datetime
    attempts: list[int] = field(default_factory=list)
    dropped: str = ""


@dataclass(slots=True, kw_only=True)
class Links:
    """Where the house lives, as far as the outside must know it: known only once both have started."""

    webhook_base: str
    api_base: str
    api_key: str
    console_url: str
