"""A message's life in the queue: put, claim, postpone, reap. Core statements in batches, never a row at a time."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Update,
    and_,
    bindparam,
    literal,
    or_,
    select,
    update,
)

from store.database import Dialect, Tx, breaths
from store.ids import Ids
from store.inserts import Inserts
from store.outbox.moves import Moves
from store.outbox.order import held_back
from store.outbox.tables import Claimed, Draft, Move, State, attempt, message, queue
from store.personal import Seal, Unreadable
from store.prepared import run
from store.sets import among, packed_texts

BLOB = "message.sealed"
FAR = timedelta(minutes=30)
"""A lease that ends later than this was given before the clock was put back; its worker is not waited for till then."""

LANES = (0, 1, 2)
"""`delivery.policy.Lane`: all of them, in order."""

_MESSAGE = (
    "id", "natural_key", "person_id", "event", "about", "dossier_id", "notice_id",
    "agency", "filing_channel", "lane", "created_at",
)  # fmt: skip
_QUEUE = ("lane", "recipient", "due_at", "expires_at", "channel", "path", "notice_id")
_OF_MESSAGE = (
    "person_id", "event", "about", "dossier_id", "notice_id", "agency", "filing_channel", "lane", "created_at",
)  # fmt: skip
_OF_QUEUE = (
    "message_id", "recipient", "due_at", "expires_at", "channel", "path", "tried", "tries", "attempt",
)  # fmt: skip
_ROWS = select(
    *(queue.c[name] for name in _OF_QUEUE), *(message.c[name] for name in _OF_MESSAGE), queue.c.state, message.c.sealed
).join(message, message.c.id == queue.c.message_id)
_MESSAGES = Inserts(message, (*_MESSAGE, "sealed"), "ON CONFLICT (natural_key) DO NOTHING")
_WAITING = Inserts(queue, ("message_id", *_QUEUE, "state", "tried", "tries", "attempt"))
_PLANNED = Inserts(attempt, ("id", "message_id", "at", "step", "final_state", "channel", "path", "code", "detail"))
_OF_DRAFT = attrgetter(*_MESSAGE)
_OF_WAITING = attrgetter("id", *_QUEUE)
_key = attrgetter("natural_key")


class Queue(Moves):
    def __init__(self, seal: Seal, ids: Ids) -> None:
        super().__init__(ids)
        self._seal = seal

    async def put(self, tx: Tx, drafts: Sequence[Draft]) -> set[str]:
        """The ids that are new; a draft whose natural key stands already is left out, silently and for ever."""
        if not drafts:
            return set()
        # In the order of their keys: two that put the same messages wait for each other, and never both.
        put = await _MESSAGES.write(tx, [self._message(draft) async for draft in breaths(sorted(drafts, key=_key))])
        new = {draft.id for draft in drafts}
        if put < len(new):
            ids = packed_texts(new)
            new = {row.id for row in await run(tx, _standing, {"ids": ids})}
        fresh = [draft for draft in drafts if draft.id in new]
        await _WAITING.write(tx, [_queued(draft) for draft in fresh if draft.final is None])
        await _PLANNED.write(tx, [self._planned(draft) async for draft in breaths(fresh)])
        return new

    async def claim(
        self, tx: Tx, *, now: datetime, limit: int, without: Collection[str] = (), lanes: Collection[int] = LANES
    ) -> list[Claimed]:
        """What may leave now: lanes in order, the oldest first, none while an earlier one to the same person is open.

        An earlier one that only waits for its own hour, or has no way open, holds nobody up. `without` are channels
        that may not send now. Locks the rows (SKIP LOCKED); served by ix_queue_due and ix_queue_order.
        """
        channels = packed_texts(without)
        rows: list[Claimed] = []
        for lane in sorted(lanes):
            if len(rows) < limit:
                bound = {"lane": lane, "now": now, "most": limit - len(rows), "without": channels}
                rows += self._opened(await run(tx, _due, bound))
        return rows

    async def overdue(self, tx: Tx, *, now: datetime, limit: int) -> list[Claimed]:
        """Accepted or unknown messages whose time to hear more is over. Served by ix_queue_due."""
        return self._opened(await run(tx, _overdue, {"now": now, "most": limit}))

    async def expired(self, tx: Tx, *, now: datetime, limit: int, last: int = LANES[-1]) -> list[Claimed]:
        """Messages of the lanes up to the `last` that still wait and whose life has ended.

        Looks at all that waits: not for every second.
        """
        return self._opened(await run(tx, _expired, {"now": now, "most": limit, "last": last}))

    async def abandoned(self, tx: Tx, *, now: datetime, limit: int) -> list[Claimed]:
        """Messages that a dead worker was sending: their lease ran out. Served by ix_queue_due."""
        return self._opened(await run(tx, _abandoned, {"now": now, "far": now + FAR, "most": limit}))

    async def open_rows(self, tx: Tx, message_ids: Collection[str]) -> dict[str, Claimed]:
        """The queue rows of these messages, waited for and locked; those already final are not among them."""
        rows = await run(tx, _those, {"ids": packed_texts(message_ids)})
        return {row.message_id: row for row in self._opened(rows)}

    async def recorded(self, tx: Tx, step_ids: Collection[str]) -> set[str]:
        """Which of these lines of history stand already: after a commit of which nobody knows whether it held."""
        return {row.id for row in await run(tx, _written, {"ids": packed_texts(step_ids)})}

    async def release(self, tx: Tx, worker: str, keep: Collection[str], at: datetime) -> list[tuple[Claimed, int]]:
        """What this worker has marked and never sent (at a stop, or the commit's answer was lost) waits again; with
        the đồng that were set aside for it, which come back.
        """
        mine = locked(queue.c.state == State.SENDING, queue.c.worker == worker, skip=False)
        rows = [row for row in self._opened(await tx.execute(mine)) if row.message_id not in keep]
        tracks = await self.tracks(tx, [row.message_id for row in rows])
        aside = {message_id: track.set_aside for message_id, track in tracks.items()}
        await self.move(
            tx,
            [
                Move(
                    message_id=row.message_id,
                    at=at,
                    step="released",
                    state=State.WAITING,
                    attempt=row.attempt,
                    due_at=at,
                    channel=row.channel,
                    path=row.path,
                    tried=row.tried,
                    tries=row.tries,
                    price=-aside[row.message_id] or None,
                )
                for row in rows
            ],
        )
        return [(row, aside[row.message_id]) for row in rows]

    async def postpone(self, tx: Tx, message_ids: Collection[str], until: datetime) -> None:
        """Not now: no attempt is eaten and no history written."""
        if message_ids:
            await run(tx, _later, {"ids": packed_texts(message_ids), "until": until})

    async def beat(self, tx: Tx, worker: str, message_ids: Collection[str], until: datetime) -> None:
        """This worker lives and is still sending these: their leases last on."""
        await run(tx, _beat, {"ids": packed_texts(message_ids), "mine": worker, "until": until})

    def _opened(self, rows: Iterable[Any]) -> list[Claimed]:
        """Rows of `_ROWS` with their messages opened."""
        return [Claimed._make((*row[:-2], State(row.state), *self._open(row.message_id, row.sealed))) for row in rows]

    def _open(self, message_id: str, sealed: bytes | None) -> tuple[dict[str, Any], bool]:
        """What is in the blob, nothing where it was erased; and whether it opens."""
        try:
            return {} if sealed is None else self._seal.open_data(BLOB, message_id, sealed), True
        except Unreadable:
            return {}, False

    def _message(self, draft: Draft) -> tuple[Any, ...]:
        return (*_OF_DRAFT(draft), self._seal.seal_data(BLOB, draft.id, draft.body))

    def _planned(self, draft: Draft) -> tuple[Any, ...]:
        step = "planned" if draft.final is None else draft.final.value
        code = draft.detail if draft.final is State.FAILED else ""
        line = (self._ids(), draft.id, draft.created_at, step, draft.final, draft.channel, draft.path)
        return (*line, code, draft.detail)


def _queued(draft: Draft) -> tuple[Any, ...]:
    return (*_OF_WAITING(draft), State.WAITING.value, "{}", 0, 0)


def locked(*wanted: ColumnElement[bool], skip: bool = True) -> Select[Any]:
    """Queue rows with their messages, the former locked; those that others hold are passed over or waited for."""
    return _ROWS.where(*wanted).with_for_update(of=queue, skip_locked=skip)


def _now() -> BindParameter[datetime]:
    return bindparam("now", type_=queue.c.due_at.type)


def _due(dialect: Dialect) -> Select[Any]:
    """One lane. The order ends in the message's id because the index does: nothing is sorted, however much waits."""
    due = and_(queue.c.state == State.WAITING, queue.c.lane == bindparam("lane"), queue.c.due_at <= _now())
    may_leave = or_(queue.c.channel.is_(None), ~among(dialect, queue.c.channel, "without"))
    query = locked(due, queue.c.expires_at > _now(), ~held_back(_now()), may_leave)
    return query.order_by(queue.c.due_at, queue.c.message_id).limit(bindparam("most"))


def _overdue(_dialect: Dialect) -> Select[Any]:
    heard_nothing = queue.c.state.in_([literal(State.ACCEPTED), literal(State.UNKNOWN)])
    lanes = queue.c.lane.in_([literal(lane) for lane in LANES])
    return locked(heard_nothing, lanes, queue.c.due_at <= _now()).limit(bindparam("most"))


def _expired(_dialect: Dialect) -> Select[Any]:
    lanes = queue.c.lane <= bindparam("last")
    return locked(queue.c.state == State.WAITING, lanes, queue.c.expires_at <= _now()).limit(bindparam("most"))


def _abandoned(_dialect: Dialect) -> Select[Any]:
    far = bindparam("far", type_=queue.c.lease_until.type)
    over = or_(queue.c.lease_until < _now(), queue.c.lease_until > far)
    return locked(queue.c.state == State.SENDING, over).limit(bindparam("most"))


def _written(dialect: Dialect) -> Select[Any]:
    return select(attempt.c.id).where(among(dialect, attempt.c.id, "ids"))


def _later(dialect: Dialect) -> Update:
    until = bindparam("until", type_=queue.c.due_at.type)
    return update(queue).where(among(dialect, queue.c.message_id, "ids")).values(due_at=until)


def _beat(dialect: Dialect) -> Update:
    mine = and_(queue.c.worker == bindparam("mine"), queue.c.state == State.SENDING)
    until = bindparam("until", type_=queue.c.lease_until.type)
    return update(queue).where(mine, among(dialect, queue.c.message_id, "ids")).values(lease_until=until)


def _those(dialect: Dialect) -> Select[Any]:
    return locked(among(dialect, queue.c.message_id, "ids"), skip=False).order_by(queue.c.message_id)


def _standing(dialect: Dialect) -> Select[Any]:
    return select(message.c.id).where(among(dialect, message.c.id, "ids"))


def natural_key(seal: Seal, parts: Iterable[str]) -> bytes:
    """The hash that makes a message one and the same, however often it is planned."""
    return seal.hash("message", "\0".join(parts))
