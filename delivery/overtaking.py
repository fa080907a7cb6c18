"""What waits of a dossier and is no longer the last word is not told: which happening makes which old, and when."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from delivery.event import Event, EventName
from delivery.policy import OVERTAKEN, POLICIES
from store.database import Tx
from store.nouns import Store
from store.outbox.ends import cancelling
from store.outbox.tables import Claimed

_WAITING = [name.value for name in OVERTAKEN]
_NEWER = frozenset().union(*OVERTAKEN.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One thing that happened to a dossier. `person` and `id` are empty for what is not itself told.

    `settles`: it makes others old.
    """

    name: EventName
    at: datetime
    settles: bool
    person: str = ""
    id: str = ""
    attempt: int = 0


Marks = dict[str, list[Mark]]
"""What waits, by its dossier."""


async def overtakable(store: Store, tx: Tx, events: Sequence[Event], now: datetime) -> Marks:
    """What waits of these events' dossiers and could be made old; call it before these themselves are put.

    What joined with others and has not left yet is taken out first.
    """
    dossiers = _happened(events)
    found: Marks = {}
    if not dossiers:
        return found
    if carried := await store.outbox.carried_of(tx, dossiers, _WAITING):
        await store.outbox.take_out(tx, carried, now)
    for row in await store.outbox.waiting_of(tx, dossiers, _WAITING):
        found.setdefault(row.dossier_id or "", []).append(_of_row(row))
    return found


def mark(event: Event, message_id: str) -> Mark:
    """Of an event that waits as this message from now on."""
    settles = _settles(event.name, event.fields)
    return Mark(name=event.name, at=event.at, settles=settles, person=event.recipient.person_id, id=message_id)


async def overtake(
    store: Store, tx: Tx, events: Sequence[Event], waits: Mapping[str, Sequence[Mark]], now: datetime
) -> None:
    """Drops what these events make old, or what waits makes old of itself, whether they themselves are told or not.

    A status that went forth and back before it was told is not told.
    """
    happened = _happened(events)
    old = [mine for dossier, marks in waits.items() for mine in _old(marks, happened.get(dossier, ()))]
    await store.outbox.end(tx, [cancelling(one.id, one.attempt, now, "overtaken") for one in old])


def _happened(events: Iterable[Event]) -> Marks:
    happened: Marks = {}
    for event in events:
        if event.dossier_id is not None and event.name in _NEWER and _settles(event.name, event.fields):
            happened.setdefault(event.dossier_id, []).append(Mark(name=event.name, at=event.at, settles=True))
    return happened


def _settles(name: EventName, fields: Mapping[str, object]) -> bool:
    """A payment makes a demand old only when nothing more is owed."""
    return name is not EventName.FEE_PAID or not fields.get("total")


def _of_row(row: Claimed) -> Mark:
    name = EventName(row.event)
    at = row.body.get("at")
    happened = datetime.fromisoformat(at) if isinstance(at, str) else row.expires_at - POLICIES[name].life
    settles = _settles(name, row.body.get("fields") or {})
    return Mark(name=name, at=happened, settles=settles, person=row.person_id, id=row.message_id, attempt=row.attempt)


def _old(waits: Sequence[Mark], happened: Collection[Mark]) -> Iterator[Mark]:
    others = [*happened, *(one for one in waits if one.settles)]
    for mine in waits:
        if any(other.name in OVERTAKEN.get(mine.name, ()) and _is_newer(other, mine) for other in others):
            yield mine


def _is_newer(other: Mark, mine: Mark) -> bool:
    """It happened later; of one moment, what was planned later. One status told to two people is told to both."""
    if other.at != mine.at:
        return other.at > mine.at
    return other.id > mine.id and (other.name is not mine.name or other.person == mine.person)
