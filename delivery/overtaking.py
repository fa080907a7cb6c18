"""What waits of a dossier and is no longer the last word is not told: which happening makes which old, and when."""

from collections.abc import Iterable, Mapping, Sequence
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
class _Mark:
    """One thing that happened to a dossier. `person` and `id` are empty for what is not itself told."""

    name: EventName
    at: datetime
    person: str = ""
    id: str = ""


async def overtake(store: Store, tx: Tx, events: Sequence[Event], now: datetime) -> None:
    """Drops what these events make old, whether they themselves are told or not.

    A status that went forth and back before it was told is not told; what joined with others and has not left yet is
    taken out first.
    """
    happened: dict[str, list[_Mark]] = {}
    for event in events:
        if event.dossier_id is not None and event.name in _NEWER and _settles(event.name, event.fields):
            happened.setdefault(event.dossier_id, []).append(_Mark(name=event.name, at=event.at))
    if not happened:
        return
    if carried := await store.outbox.carried_of(tx, happened, _WAITING):
        await store.outbox.take_out(tx, carried, now)
    waiting = await store.outbox.waiting_of(tx, happened, _WAITING)
    marks = {row.message_id: _mark(row) for row in waiting}
    for row in waiting:
        if row.dossier_id is not None and _settles(EventName(row.event), row.body.get("fields") or {}):
            happened[row.dossier_id].append(marks[row.message_id])
    old = [row for row in waiting if _is_old(marks[row.message_id], happened[row.dossier_id or ""])]
    await store.outbox.end(tx, [cancelling(row.message_id, row.attempt, now, "overtaken") for row in old])


def _settles(name: EventName, fields: Mapping[str, object]) -> bool:
    """A payment makes a demand old only when nothing more is owed."""
    return name is not EventName.FEE_PAID or not fields.get("total")


def _mark(row: Claimed) -> _Mark:
    name = EventName(row.event)
    at = row.body.get("at")
    happened = datetime.fromisoformat(at) if isinstance(at, str) else row.expires_at - POLICIES[name].life
    return _Mark(name=name, at=happened, person=row.person_id, id=row.message_id)


def _is_old(mine: _Mark, others: Iterable[_Mark]) -> bool:
    return any(other.name in OVERTAKEN[mine.name] and _is_newer(other, mine) for other in others)


def _is_newer(other: _Mark, mine: _Mark) -> bool:
    """It happened later; of one moment, what was planned later. One status told to two people is told to both."""
    if other.at != mine.at:
        return other.at > mine.at
    return other.id > mine.id and (other.name is not mine.name or other.person == mine.person)
