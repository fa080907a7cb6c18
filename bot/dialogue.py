"""What a dialogue gets and what it gives: a turn of the talk in, replies and the next step out.

A dialogue is a class in `bot/dialogues/` whose methods take a `Turn` and return an `Answer`; `bot/errands.py` says
which method serves which words. Its writes go into the turn's transaction.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.understanding import Understood
from channels.message import Address, Button
from delivery.event import Event
from store.conversations import Talk
from store.database import Tx
from store.people import Kind, Reach

HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The people behind the assistant: whose it is, whom to call and when, the page where things are filed and paid."""

    service: str
    hotline: str = ""
    office_hours: str = "07:30–11:30 và 13:30–17:00, thứ Hai đến thứ Sáu"
    portal: str = "https://dichvucong.gov.vn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Who writes: the address, the person behind it, and what is known of them."""

    address: Address
    kind: Kind
    value: str
    person_id: str
    reach: Reach | None = None

    @property
    def key(self) -> str:
        """The address as one word, to count guesses by."""
        return f"{self.kind}:{self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of a talk. `argument` follows a command; `data` is what the step under way left behind."""

    tx: Tx
    at: datetime
    speaker: Speaker
    talk: Talk
    text: str = ""
    argument: str = ""
    said: Understood | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One message back."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Who hears the next message first, with what plain data, and for how long."""

    name: str
    data: Mapping[str, Any] = field(default_factory=dict)
    lasts: timedelta = HALF_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a dialogue came to. `events` are told elsewhere (a code by SMS); `wants_person`: an officer must answer."""

    replies: tuple[Reply, ...]
    step: Step | None = None
    events: tuple[Event, ...] = ()
    wants_person: bool = False


Handler = Callable[[Turn], Awaitable[Answer | None]]
"""A dialogue's method. None says that the message is not for it, where it was asked as the step under way."""


def says(text: str, *buttons: Button, step: Step | None = None) -> Answer:
    """One message back."""
    return Answer(replies=(Reply(text=text, buttons=buttons),), step=step)
