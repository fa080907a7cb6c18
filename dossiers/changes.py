"""What reported rows change of a dossier, and which of it is news: pure, no clock, no database.

The newest status is told when several arrive together; an unpaid fee or a request to supplement is told besides.
What comes out of order goes into the history and never lowers the present state. Source: facts/vietnam.md 2.2.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from delivery.event import EventName
from dossiers.statuses import FINAL, MUST_ACT, Status, is_usual
from store.dossier import Dossier, Fee

Step = tuple[int, datetime]


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One thing that the citizen should hear, of this dossier as it was then; `row` is where it was reported."""

    name: EventName
    dossier: Dossier
    occurrence: str
    at: datetime
    row: int
    paid: tuple[Fee, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A status that was not in the history yet."""

    status: int
    status_at: datetime
    source_id: str
    unusual: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """All that the rows of one dossier come to. `newest` is what is to be written, None where it stands already."""

    newest: Dossier | None
    moves: tuple[Move, ...]
    tellings: tuple[Telling, ...]
    outcomes: dict[int, Outcome]


def weigh(stored: Dossier | None, seen: Collection[Step], rows: Sequence[tuple[int, Dossier]]) -> Change:
    """What `rows` (their place in the call, and the dossier) change of what is `stored`, whose history is `seen`."""
    ordered = sorted(rows, key=lambda row: _order(row[1]))
    place, last = ordered[-1]
    accepted = stored is None or _supersedes(last, stored, seen)
    written = last if accepted and last != stored else None
    fresh = [(at, row) for at, row in ordered if _step(row) not in seen]
    outcomes = {at: Outcome.UNCHANGED for at, _ in rows} | {at: Outcome.CHANGED for at, _ in fresh}
    if accepted:
        outcomes |= {at: Outcome.UNCHANGED for at, row in rows if _step(row) == _step(last)}
        outcomes[place] = _outcome(stored, written)
    tellings = () if written is None else tuple(_tellings(stored, ordered, fresh))
    return Change(newest=written, moves=tuple(_moves(stored, fresh)), tellings=tellings, outcomes=outcomes)


def _step(dossier: Dossier) -> Step:
    return dossier.status, dossier.status_at


def _order(dossier: Dossier) -> tuple[datetime, int, int]:
    """By time; sources that know only the day send several statuses of one moment, which then go by their progress."""
    return dossier.status_at, _PROGRESS[Status(dossier.status)], dossier.status


_PROGRESS = {status: place for place, status in enumerate(Status)} | dict.fromkeys(MUST_ACT, Status.PROCESSING - 1)
_PROGRESS |= dict.fromkeys(FINAL, len(Status))
_OVER = FINAL | {Status.DONE}


def _supersedes(row: Dossier, stored: Dossier, seen: Collection[Step]) -> bool:
    """Whether a row is the present state: newer, or the same moment said again or further on."""
    if _step(row) == _step(stored):
        return True
    return _step(row) not in seen and _order(row) >= _order(stored)


def _outcome(stored: Dossier | None, written: Dossier | None) -> Outcome:
    if written is None:
        return Outcome.UNCHANGED
    return Outcome.CREATED if stored is None else Outcome.CHANGED


def _moves(stored: Dossier | None, fresh: Sequence[tuple[int, Dossier]]) -> Iterator[Move]:
    before = stored
    known: set[Step] = set()
    for _, row in fresh:
        if _step(row) in known:
            continue
        known.add(_step(row))
        in_order = before is None or _order(row) >= _order(before)
        unusual = in_order and before is not None and not is_usual(before.status, row.status)
        yield Move(status=row.status, status_at=row.status_at, source_id=row.source_id, unusual=unusual)
        before = row if in_order else before


def _tellings(
    stored: Dossier | None, ordered: Sequence[tuple[int, Dossier]], fresh: Sequence[tuple[int, Dossier]]
) -> Iterator[Telling]:
    place, last = ordered[-1]
    yield from _not_swallowed(stored, last, fresh)
    earlier = [*([] if stored is None else [stored]), *(row for _, row in ordered[:-1])]
    paid = tuple(_paid_since(earlier, last))
    if paid:
        moments = [fee.paid_at for fee in paid if fee.paid_at is not None]
        occurrence = f"paid:{_digest([(fee.id, str(fee.paid_at)) for fee in paid])}"
        yield Telling(
            name=EventName.FEE_PAID, dossier=last, occurrence=occurrence, at=max(moments), row=place, paid=paid
        )
    if (stored is None or stored.status != last.status or _asks_anew(stored, last)) and not _asks_nothing(last):
        yield _telling(place, last)


def _not_swallowed(stored: Dossier | None, last: Dossier, fresh: Sequence[tuple[int, Dossier]]) -> Iterator[Telling]:
    """Requests to the citizen that a newer status came together with, unless it shows that they are met or over."""
    if Status(last.status) in _OVER:
        return
    newest: dict[int, tuple[int, Dossier]] = {}
    for place, row in fresh:
        if row.status in MUST_ACT and row.status != last.status and (stored is None or _order(row) >= _order(stored)):
            newest[row.status] = (place, row)
    for place, row in newest.values():
        asked = replace(row, fees=last.fees or row.fees) if row.status == Status.FEE_REQUIRED else row
        if not _asks_nothing(asked):
            yield _telling(place, asked)


def _telling(place: int, dossier: Dossier) -> Telling:
    occurrence = f"{dossier.status}:{dossier.status_at.isoformat()}{_asked(dossier)}"
    name = Status(dossier.status).event
    return Telling(name=name, dossier=dossier, occurrence=occurrence, at=dossier.status_at, row=place)


def _asks_anew(stored: Dossier, last: Dossier) -> bool:
    """The same status with other papers or another sum is news (5→5, 6→6)."""
    return _asked(stored) != _asked(last) and not _only_paid(stored, last)


def _only_paid(stored: Dossier, last: Dossier) -> bool:
    """Some of what was owed is paid and nothing else is asked: `fee_paid` says it already."""
    before = {(fee.id, fee.amount) for fee in stored.unpaid}
    return last.status == Status.FEE_REQUIRED and {(fee.id, fee.amount) for fee in last.unpaid} < before


def _asks_nothing(dossier: Dossier) -> bool:
    """Fees are named, and none of them is owed: waived (miễn) or paid already."""
    return dossier.status == Status.FEE_REQUIRED and bool(dossier.fees) and not dossier.unpaid


def _asked(dossier: Dossier) -> str:
    """What the citizen is asked for, as a short mark: part of the occurrence."""
    match dossier.status:
        case Status.SUPPLEMENT_REQUIRED:
            return ":" + _digest([*dossier.supplement.items, str(dossier.supplement.due_at)])
        case Status.FEE_REQUIRED:
            return ":" + _digest([(fee.id, fee.amount, str(fee.due_at)) for fee in dossier.unpaid])
    return ""


def _paid_since(earlier: Sequence[Dossier], last: Dossier) -> Iterator[Fee]:
    owed = {fee.id for dossier in earlier for fee in dossier.unpaid}
    yield from (fee for fee in last.fees if fee.paid_at is not None and fee.amount and fee.id in owed)


def _digest(parts: Sequence[object]) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()
