"""The outbox's three tables, and the plain rows that travel."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from store.columns import Json, Sealed, UtcTime, table


def _where(condition: str) -> dict[str, Any]:
    """Of an index over some rows alone: most lines of history have neither a provider's id nor an end."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class State(StrEnum):
    """What a message is in. The last four are final; `accepted` and `unknown` become so when nothing more can come."""

    WAITING = "waiting"
    SENDING = "sending"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class MessageTable(SQLModel, table=True):
    """One message to one person, unchanged but for erasure (then the blob is empty and the natural key stays)."""

    __tablename__ = "message"
    __table_args__ = (
        Index("uq_message_natural_key", "natural_key", unique=True),
        Index(None, "dossier_id", "id"),
        Index(None, "notice_id", "id"),
        Index(None, "person_id", "id"),
    )

    id: str = Field(primary_key=True)
    natural_key: bytes
    person_id: str
    event: str
    about: str
    dossier_id: str | None = None
    notice_id: str | None = None
    agency: str | None = None
    filing_channel: str | None = None
    lane: int
    created_at: datetime = Field(sa_type=UtcTime)
    sealed: bytes | None = Field(default=None, sa_type=Sealed)


class QueueTable(SQLModel, table=True):
    """What is under way. `tried` holds the paths given up for this message, and whether for good."""

    __tablename__ = "queue"
    __table_args__ = (
        Index("ix_queue_due", "state", "lane", "due_at", "message_id"),
        Index("ix_queue_order", "recipient", "lane", "message_id"),
        Index("ix_queue_notice", "notice_id", **_where("notice_id IS NOT NULL")),
    )

    message_id: str = Field(primary_key=True, foreign_key="message.id")
    lane: int
    state: str
    recipient: bytes
    due_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    channel: str | None = None
    path: str | None = None
    tried: Any = Field(default_factory=dict, sa_type=Json)
    tries: int = 0
    attempt: int = 0
    worker: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcTime)
    notice_id: str | None = None


class AttemptTable(SQLModel, table=True):
    """A message's history, a row a step, never changed. It alone has an index on a provider's id."""

    __tablename__ = "attempt"
    __table_args__ = (
        Index(None, "message_id", "id"),
        Index("ix_attempt_provider_id", "provider_id", **_where("provider_id IS NOT NULL")),
        Index("ix_attempt_final", "final_state", "at", **_where("final_state IS NOT NULL")),
    )

    id: str = Field(primary_key=True)
    message_id: str = Field(foreign_key="message.id")
    at: datetime = Field(sa_type=UtcTime)
    step: str
    final_state: str | None = None
    channel: str | None = None
    path: str | None = None
    code: str = ""
    detail: str = ""
    provider_id: str | None = None
    price: int | None = None  # đồng
    parts: int | None = None  # of an SMS


message = table(MessageTable)
queue = table(QueueTable)
attempt = table(AttemptTable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to put: `body` is sealed as it is (recipient, fields, text, buttons)."""

    id: str
    natural_key: bytes
    recipient: bytes
    person_id: str
    event: str
    about: str
    lane: int
    created_at: datetime
    due_at: datetime
    expires_at: datetime
    body: dict[str, Any]
    channel: str | None = None
    path: str | None = None
    dossier_id: str | None = None
    notice_id: str | None = None
    agency: str | None = None
    filing_channel: str | None = None
    final: State | None = None  # born final: cancelled (shadow), failed (nobody to reach)
    detail: str = ""


class Claimed(NamedTuple):
    """A queue row that is due, with its message opened, locked until the transaction ends.

    It, and `Move`, are tuples and not dataclasses: one is made for every message, at a tenth of the time.
    """

    message_id: str
    recipient: bytes
    due_at: datetime
    expires_at: datetime
    channel: str | None
    path: str | None
    tried: dict[str, str]
    tries: int
    attempt: int
    person_id: str
    event: str
    about: str
    dossier_id: str | None
    notice_id: str | None
    agency: str | None
    filing_channel: str | None
    lane: int
    created_at: datetime
    state: State
    body: dict[str, Any]  # empty where the message is erased
    readable: bool = True  # False where it was sealed under another key


class Move(NamedTuple):
    """One step of a message: a line in its history and what becomes of its queue row.

    `state` final (or `final`): the row leaves the queue. `attempt` guards: where a newer attempt has begun, the line
    is written and nothing else. `id` is the line's own, for whoever must know later whether it was written.
    """

    message_id: str
    at: datetime
    step: str
    state: State
    attempt: int
    id: str | None = None
    final: bool = False
    due_at: datetime | None = None
    channel: str | None = None
    path: str | None = None
    tried: dict[str, str] | None = None
    tries: int = 0
    worker: str | None = None
    lease_until: datetime | None = None
    code: str = ""
    detail: str = ""
    provider_id: str | None = None
    price: int | None = None
    parts: int | None = None

    @property
    def leaves(self) -> bool:
        return self.final or self.state in _FINAL


_FINAL = frozenset({State.DELIVERED, State.FAILED, State.EXPIRED, State.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a message's history."""

    at: datetime
    step: str
    channel: str | None
    path: str | None
    code: str
    detail: str
    provider_id: str | None
    price: int | None
    parts: int | None


DOUBTS = frozenset({"unknown", "unknown_again"})
"""Steps after which a message may have gone through."""

_STANDING = (State.UNKNOWN, State.ACCEPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A message's way so far, for whoever must understand a word on it: `steps` as they came, `end` if it has one."""

    steps: tuple[Step, ...] = ()
    end: State | None = None

    @property
    def set_aside(self) -> int:
        """What the last attempt set aside before it left, in đồng."""
        return next((step.price or 0 for step in reversed(self.steps) if step.step == "sending"), 0)

    @property
    def standing(self) -> State | None:
        """What stands of earlier attempts when there is no further one: taken by a provider, in doubt, or nothing."""
        return max(self._left().values(), key=_STANDING.index, default=None)

    def without(self, failed: str | None) -> State | None:
        """What stands when one attempt on this way has failed now."""
        left = self._left()
        _fail(left, failed)
        return max(left.values(), key=_STANDING.index, default=None)

    def _left(self) -> dict[tuple[str | None, int], State]:
        """By way and attempt. A failure ends one attempt; another on the same way may still have gone through."""
        left: dict[tuple[str | None, int], State] = {}
        begun = 0
        for step in self.steps:
            if step.step == "sending":
                begun += 1
            elif step.step == "accepted":
                left[step.path, begun] = State.ACCEPTED
            elif step.step in DOUBTS:
                left.setdefault((step.path, begun), State.UNKNOWN)
            elif step.step == "undelivered":
                _fail(left, step.path)
        return left


def _fail(left: dict[tuple[str | None, int], State], path: str | None) -> None:
    """Which attempt it was is not always told: the doubt stays rather than the certainty."""
    mine = [attempt for attempt in left if attempt[0] == path]
    if mine:
        del left[max(mine, key=lambda attempt: _STANDING.index(left[attempt]))]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """A message with its present state and its whole history."""

    id: str
    event: str
    about: str
    person_id: str
    dossier_id: str | None
    notice_id: str | None
    agency: str | None
    lane: int
    state: State
    created_at: datetime
    due_at: datetime | None
    channel: str | None
    body: dict[str, Any]
    filing_channel: str | None = None
    history: tuple[Step, ...] = field(default=())
    joined_into: str | None = None  # the message that carries it
    told: tuple[str, dict[str, Any]] | None = None  # that one's event and body, where it is the same agency's
