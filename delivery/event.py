"""What happened and whom it concerns: the one word that all floors above speak to `delivery`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from channels.message import Address, Button


class EventName(StrEnum):
    """The code names of facts/vietnam.md section 10, the national statuses first, and our own at the end."""

    SUBMITTED = "submitted"
    RECEIVED = "received"
    REJECTED = "rejected"
    PROCESSING = "processing"
    SUPPLEMENT_REQUIRED = "supplement_required"
    FEE_REQUIRED = "fee_required"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"
    DONE = "done"
    RETURNED = "returned"
    FEE_REMINDER = "fee_reminder"
    FEE_PAID = "fee_paid"
    SURVEY_INVITE = "survey_invite"
    VERIFY_CODE = "verify_code"
    NOTICE = "notice"  # a bulk notice (thông báo hàng loạt)
    REPLY = "reply"  # an answer in a conversation
    JOINED = "joined"  # several notices that were due together (gộp tin)
    DIGEST = "digest"  # all that moved in a day (bản tin trong ngày)


class FilingChannel(StrEnum):
    """Where the dossier was filed (kênh nộp): texts differ by it."""

    COUNTER = "counter"
    ONLINE = "online"
    POST = "post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who is told. `person_id` joins the addresses that we know; `phone` and `email` are those of this very matter.

    `to` pins one address: a reply goes where the question came from and nowhere else.
    `organisation`: the dossier is an organisation's, which may hear of all its dossiers once a day.
    """

    person_id: str
    phone: str | None = None
    email: str | None = None
    to: Address | None = None
    organisation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing to tell one person, once.

    The natural key is (`about`, `name`, `occurrence`, the person): planned twice, it is sent once.
    `fields` are plain data and aware datetimes, as `delivery.texts.render` declares them for the event.
    A reply brings its own `text` and `buttons`; a bulk notice its `text` with the fields filled in already.
    """

    name: EventName
    about: str  # id of a dossier, a notice's row, a survey, an inbox row
    occurrence: str  # which time: the same for the same happening, however often it is reported
    at: datetime  # when it happened
    recipient: Recipient
    fields: Mapping[str, Any] = field(default_factory=dict)
    text: str | None = None
    buttons: tuple[Button, ...] = ()
    agency: str | None = None  # its code
    filing_channel: FilingChannel | None = None
    dossier_id: str | None = None
    notice_id: str | None = None
    channel: str | None = None  # only this one, when a person chose it ("zalo", "sms", …)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What planning an event came to."""

    message_id: str | None  # None where nothing is to be sent
    outcome: str  # "planned", "duplicate", "off", "shadow", "opted_out", "muted", "nobody", "stale"
