"""Rows of dossiers in, what became of each out: stored and planned in one transaction.

The same call twice changes and sends nothing. A row that is wrong is reported with its field and reason while the
good ones go through.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from delivery.event import Event, EventName, Planned
from delivery.overtaking import overtakable, overtake
from dossiers import wire
from dossiers.agencies import offices
from dossiers.changes import Change, Outcome, Telling, weigh
from dossiers.codes import tail
from dossiers.naming import Naming
from dossiers.reasons import REASONS
from dossiers.telling import address, event, unspoken
from dossiers.wire import FieldError, Row
from store.database import Tx, breaths
from store.dossier import Dossier
from store.dossiers import Moved, Standing, Writing
from store.ids import Clock
from store.keys import ApiKey
from store.nouns import Store


class Planner(Protocol):
    """`delivery.planner.Planner` is one: one `Planned` an event, in order."""

    async def plan(self, tx: Tx, events: Sequence[Event], /) -> list[Planned]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What became of one row; `messages` are the ids of what is to be sent for it."""

    row: int
    code: str | None
    outcome: Outcome
    errors: tuple[FieldError, ...] = ()
    unknown_fields: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()


class Intake:
    """`announce_within`: an older status is stored and never announced."""

    def __init__(
        self, store: Store, planner: Planner, naming: Naming, *, announce_within: timedelta, clock: Clock
    ) -> None:
        self._store = store
        self._planner = planner
        self._naming = naming
        self._announce_within = announce_within
        self._clock = clock

    async def take(
        self, rows: Sequence[object], *, source: str, first_load: bool = False, key: ApiKey | None = None
    ) -> list[RowResult]:
        """One result a row, in order. Of a `first_load` nothing is announced; an agency's key brings only its own."""
        now = self._clock()
        read = await self._read(rows, source, now, key)
        good = {at: row.dossier for at, row in enumerate(read) if row.dossier is not None}
        async with self._store.database.transaction() as tx:
            await self._store.dossiers.turn(tx)
            standing = await self._store.dossiers.standing(tx, {dossier.code for dossier in good.values()})
            alien = _aliens(good, standing, key)
            changes = await self._changes(tx, {at: one for at, one in good.items() if at not in alien}, standing)
            await self._write(tx, changes, now)
            messages = {} if first_load else await self._announce(tx, changes, now)
        if messages:
            await self._store.wakeup.wake("outbox")
        outcomes = {at: outcome for change in changes.values() for at, outcome in change.change.outcomes.items()}
        return [
            _result(at, _refused(row) if at in alien else row, outcomes.get(at), messages.get(at, ()))
            for at, row in enumerate(read)
        ]

    async def _read(self, rows: Sequence[object], source: str, now: datetime, key: ApiKey | None) -> list[Row]:
        read = []
        async for raw in breaths(rows):
            row = wire.read(raw, now=now, source=source)
            outside = key is not None and row.dossier is not None and not key.covers(row.dossier.agency.code)
            read.append(_refused(row) if outside else row)
        return read

    async def _changes(
        self, tx: Tx, good: Mapping[int, Dossier], standing: Mapping[str, Standing]
    ) -> dict[str, "_Weighed"]:
        """What each dossier's rows come to, by code."""
        groups: dict[str, list[tuple[int, Dossier]]] = {}
        for at, dossier in good.items():
            groups.setdefault(dossier.code, []).append((at, dossier))
        dossiers = self._store.dossiers
        seen = await dossiers.seen(tx, [one.id for code, one in standing.items() if not self._stands(groups, one)])
        weighed = {}
        async for code, group in breaths(groups.items()):
            known = standing.get(code)
            if known is not None and known.id not in seen:
                weighed[code] = _Weighed(id=known.id, change=_nothing(group))
                continue
            stored = None if known is None else dossiers.opened(known)
            change = weigh(stored, seen[known.id] if known else (), group)
            id_ = dossiers.new_id() if known is None else known.id
            weighed[code] = _Weighed(id=id_, change=change, new=known is None)
        return weighed

    def _stands(self, groups: Mapping[str, list[tuple[int, Dossier]]], known: Standing) -> bool:
        """Whether nothing new is said of a stored dossier: told by its hash alone, without opening it."""
        group = groups.get(known.code, [])
        return all(self._store.dossiers.content(dossier) == known.content for _, dossier in group)

    async def _write(self, tx: Tx, weighed: Mapping[str, "_Weighed"], now: datetime) -> None:
        await self._store.dossiers.put(
            tx,
            [_writing(one, one.change.newest) for one in weighed.values() if one.change.newest is not None],
            now,
        )
        await self._store.dossiers.record(
            tx,
            [
                Moved(
                    dossier_id=one.id,
                    status=move.status,
                    status_at=move.status_at,
                    source_id=move.source_id,
                    recorded_at=now,
                    unusual=move.unusual,
                )
                for one in weighed.values()
                for move in one.change.moves
            ],
        )

    async def _announce(self, tx: Tx, weighed: Mapping[str, "_Weighed"], now: datetime) -> dict[int, tuple[str, ...]]:
        """Plans what is news; the ids of the messages, by row."""
        changed = [(one.id, one.change.newest) for one in weighed.values() if one.change.newest and not one.new]
        silent = [told for id_, dossier in changed if (told := unspoken(id_, dossier)) is not None]
        await overtake(self._store, tx, silent, await overtakable(self._store, tx, silent, now), now)
        news = [
            (telling, one.id, to)
            for one in weighed.values()
            for telling in one.change.tellings
            if self._is_news(telling, now) and (to := address(telling.dossier.told)) is not None
        ]
        if not news:
            return {}
        people = await self._store.people.ensure(tx, [to for _, _, to in news], now)
        codes = {telling.dossier.agency.code for telling, _, _ in news}
        directory = await offices(self._store.agencies, tx, codes)
        events = [event(one, id_, people[to], directory, self._naming) async for one, id_, to in breaths(news)]
        messages: dict[int, tuple[str, ...]] = {}
        for (telling, _, _), planned in zip(news, await self._planner.plan(tx, events), strict=True):
            if planned.message_id is not None:
                messages[telling.row] = (*messages.get(telling.row, ()), planned.message_id)
        return messages

    def _is_news(self, telling: Telling, now: datetime) -> bool:
        """Fresh enough; and who filed at the counter holds the receipt, so that `submitted` goes to online filers."""
        if telling.name is EventName.SUBMITTED and telling.dossier.filing_channel != "online":
            return False
        return now - telling.at <= self._announce_within


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighed:
    """A dossier's id, new or known, and what its rows come to."""

    id: str
    change: Change
    new: bool = False


def _writing(weighed: _Weighed, dossier: Dossier) -> Writing:
    names = [*dossier.aliases, *(tail(code) for code in (dossier.code, *dossier.aliases))]
    others = tuple(name for name in dict.fromkeys(names) if name != dossier.code)
    return Writing(id=weighed.id, dossier=dossier, names=others, new=weighed.new)


def _nothing(group: Sequence[tuple[int, Dossier]]) -> Change:
    outcomes = {at: Outcome.UNCHANGED for at, _ in group}
    return Change(newest=None, moves=(), tellings=(), outcomes=outcomes)


def _aliens(good: Mapping[int, Dossier], standing: Mapping[str, Standing], key: ApiKey | None) -> set[int]:
    """Rows of dossiers that stand with an agency which the key does not cover."""
    if key is None or key.agency is None:
        return set()
    return {at for at, one in good.items() if one.code in standing and not key.covers(standing[one.code].agency)}


def _refused(row: Row) -> Row:
    error = FieldError(field="agency.code", reason=REASONS["scope"])
    return replace(row, dossier=None, errors=(*row.errors, error))


def _result(at: int, row: Row, outcome: Outcome | None, messages: tuple[str, ...]) -> RowResult:
    return RowResult(
        row=at,
        code=row.code,
        outcome=Outcome.REFUSED if row.dossier is None or outcome is None else outcome,
        errors=row.errors,
        unknown_fields=row.unknown_fields,
        messages=messages,
    )
