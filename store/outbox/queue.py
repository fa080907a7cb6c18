"""A message's life in the queue: put, claim, move, reap. Core statements in batches, never a row at a time."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from store.database import Tx, pages, storable
from store.ids import Ids
from store.outbox.tables import Claimed, Draft, MessageTable, Move, State, Step, Track, attempt, message, queue
from store.personal import Seal, Unreadable

BLOB = "message.sealed"
_MESSAGE = (
    "id", "natural_key", "person_id", "event", "about", "dossier_id", "notice_id",
    "agency", "filing_channel", "lane", "created_at",
)  # fmt: skip
_EARLIER = queue.alias("earlier")


class Queue:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def put(self, tx: Tx, drafts: Sequence[Draft]) -> set[str]:
        """The ids that are new; a draft whose natural key stands already is left out, silently and for ever."""
        if not drafts:
            return set()
        rows = [
            {name: getattr(draft, name) for name in _MESSAGE}
            | {"sealed": self._seal.seal_data(BLOB, draft.id, draft.body)}
            for draft in drafts
        ]
        put = upsert(MessageTable).on_conflict_do_nothing(index_elements=["natural_key"]).returning(message.c.id)
        new: set[str] = set()
        # In the order of their keys: two that put the same messages wait for each other, and never both.
        for page in pages(sorted(rows, key=lambda row: row["natural_key"]), 500):
            new |= set((await tx.execute(put.values(page))).scalars())
        fresh = [draft for draft in drafts if draft.id in new]
        waiting = [self._queued(draft) for draft in fresh if draft.final is None]
        if waiting:
            await tx.execute(insert(queue), waiting)
        if fresh:
            await tx.execute(insert(attempt), [self._planned(draft) for draft in fresh])
        return new

    async def claim(
        self, tx: Tx, *, now: datetime, limit: int, without: Collection[str] = (), lanes: Collection[int] = (0, 1, 2)
    ) -> list[Claimed]:
        """What may leave now: lanes in order, the oldest first, none while an earlier one to the same person is open.

        An earlier one that only waits for its own hour, or has no way open, holds nobody up. `without` are channels
        that may not send now. Locks the rows (SKIP LOCKED); served by ix_queue_due and ix_queue_order.
        """
        before = and_(
            _EARLIER.c.state == State.WAITING,
            _EARLIER.c.message_id < queue.c.message_id,
            _EARLIER.c.channel.is_not(None),
            _EARLIER.c.expires_at > now,
            or_(_EARLIER.c.due_at <= now, _EARLIER.c.attempt > 0),
        )
        theirs = and_(_EARLIER.c.recipient == queue.c.recipient, _EARLIER.c.lane == queue.c.lane)
        held_back = exists().where(theirs, or_(_EARLIER.c.state == State.SENDING, before))
        due = and_(queue.c.state == State.WAITING, queue.c.lane.in_(lanes), queue.c.due_at <= now)
        query = self._rows().where(due, queue.c.expires_at > now, ~held_back)
        if without:
            query = query.where(or_(queue.c.channel.is_(None), queue.c.channel.not_in(without)))
        return await self._claimed(tx, query.order_by(queue.c.lane, queue.c.due_at, queue.c.message_id).limit(limit))

    async def overdue(self, tx: Tx, *, now: datetime, limit: int) -> list[Claimed]:
        """Accepted or unknown messages whose time to hear more is over. Served by ix_queue_due."""
        late = and_(
            queue.c.state.in_([State.ACCEPTED, State.UNKNOWN]), queue.c.lane.in_((0, 1, 2)), queue.c.due_at <= now
        )
        return await self._claimed(tx, self._rows().where(late).limit(limit))

    async def expired(self, tx: Tx, *, now: datetime, limit: int) -> list[Claimed]:
        """Messages that still wait and whose life has ended. Looks at all that waits: not for every second."""
        dead = and_(queue.c.state == State.WAITING, queue.c.expires_at <= now)
        return await self._claimed(tx, self._rows().where(dead).limit(limit))

    async def abandoned(self, tx: Tx, *, now: datetime, limit: int) -> list[Claimed]:
        """Messages that a dead worker was sending: their lease ran out. Served by ix_queue_due."""
        query = self._rows().where(queue.c.state == State.SENDING, queue.c.lease_until < now)
        return await self._claimed(tx, query.limit(limit))

    async def open_rows(self, tx: Tx, message_ids: Collection[str]) -> dict[str, Claimed]:
        """The queue rows of these messages, waited for and locked; those already final are not among them."""
        query = self._rows(skip=False).where(queue.c.message_id.in_(message_ids)).order_by(queue.c.message_id)
        return {row.message_id: row for row in await self._claimed(tx, query)}

    async def move(self, tx: Tx, moves: Sequence[Move]) -> None:
        """Writes the history and moves the rows, each only if no newer attempt has begun.

        A word that comes when the message has ended already may better its end: each message has exactly one.
        """
        if not moves:
            return
        live = await self._attempts(tx, [move.message_id for move in moves])
        current = [move for move in moves if live.get(move.message_id, move.attempt + 1) <= move.attempt]
        ends = {move.message_id for move in current if move.leaves}
        ends |= await self._bettered(tx, [move for move in moves if move.message_id not in live])
        await tx.execute(insert(attempt), [self._step(move, ends) for move in moves])
        if staying := [_change(move) for move in current if not move.leaves]:
            await tx.execute(_TO, staying)
        for page in pages(move.message_id for move in current if move.leaves):
            await tx.execute(delete(queue).where(queue.c.message_id.in_(page)))

    async def recorded(self, tx: Tx, step_ids: Collection[str]) -> set[str]:
        """Which of these lines of history stand already: after a commit of which nobody knows whether it held."""
        return set((await tx.execute(select(attempt.c.id).where(attempt.c.id.in_(step_ids)))).scalars())

    async def release(self, tx: Tx, worker: str, keep: Collection[str], at: datetime) -> int:
        """What this worker has marked and never sent (the commit's answer was lost) waits again; how many."""
        query = self._rows(skip=False).where(queue.c.state == State.SENDING, queue.c.worker == worker)
        rows = [row for row in await self._claimed(tx, query) if row.message_id not in keep]
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
                )
                for row in rows
            ],
        )
        return len(rows)

    async def tracks(self, tx: Tx, message_ids: Collection[str]) -> dict[str, Track]:
        """The way of each of these messages so far. Served by the index on (message_id, id)."""
        steps: dict[str, list[Any]] = {message_id: [] for message_id in message_ids}
        for page in pages(steps):
            query = select(attempt).where(attempt.c.message_id.in_(page)).order_by(attempt.c.id)
            for row in await tx.execute(query):
                steps[row.message_id].append(row)
        return {
            message_id: Track(
                steps=tuple(step_of(row) for row in rows),
                end=next((State(row.final_state) for row in reversed(rows) if row.final_state), None),
            )
            for message_id, rows in steps.items()
        }

    async def postpone(self, tx: Tx, message_ids: Collection[str], until: datetime) -> None:
        """Not now: no attempt is eaten and no history written."""
        for page in pages(message_ids):
            await tx.execute(update(queue).where(queue.c.message_id.in_(page)).values(due_at=until))

    async def beat(self, tx: Tx, worker: str, message_ids: Collection[str], until: datetime) -> None:
        """This worker lives and is still sending these: their leases last on."""
        mine = and_(queue.c.message_id.in_(message_ids), queue.c.worker == worker, queue.c.state == State.SENDING)
        await tx.execute(update(queue).where(mine).values(lease_until=until))

    def _rows(self, *, skip: bool = True) -> Select[Any]:
        columns = [column for column in queue.c if column.name not in ("worker", "lease_until", "lane", "notice_id")]
        query = select(*columns, message).join(message, message.c.id == queue.c.message_id)
        return query.with_for_update(of=queue, skip_locked=skip)

    async def _claimed(self, tx: Tx, query: Select[Any]) -> list[Claimed]:
        claimed = []
        for row in await tx.execute(query):
            readable, body = self._opened(row.message_id, row.sealed)
            values = {name: getattr(row, name) for name in _CLAIMED}
            claimed.append(Claimed(**values, state=State(row.state), body=body, readable=readable))
        return claimed

    def _opened(self, message_id: str, sealed: bytes | None) -> tuple[bool, dict[str, Any]]:
        """Whether the blob opens, and what is in it; nothing where it was erased."""
        try:
            return True, {} if sealed is None else self._seal.open_data(BLOB, message_id, sealed)
        except Unreadable:
            return False, {}

    async def _attempts(self, tx: Tx, message_ids: Sequence[str]) -> dict[str, int]:
        """The present attempt of those that are in the queue, locked in the order of their ids."""
        query = select(queue.c.message_id, queue.c.attempt).order_by(queue.c.message_id).with_for_update()
        return {
            row.message_id: row.attempt
            for page in pages(sorted(message_ids))
            for row in await tx.execute(query.where(queue.c.message_id.in_(page)))
        }

    async def _bettered(self, tx: Tx, late: Sequence[Move]) -> set[str]:
        """Which ended messages get a better end now; the old end's mark is taken off."""
        if not late:
            return set()
        tracks = await self.tracks(tx, [move.message_id for move in late])
        better = {move.message_id for move in late if tracks[move.message_id].end in _BETTERS.get(move.state, ())}
        for page in pages(better):
            ended = and_(attempt.c.message_id.in_(page), attempt.c.final_state.is_not(None))
            await tx.execute(update(attempt).where(ended).values(final_state=None))
        return better

    def _queued(self, draft: Draft) -> dict[str, Any]:
        names = ["lane", "recipient", "due_at", "expires_at", "channel", "path", "notice_id"]
        values = {name: getattr(draft, name) for name in names}
        return values | {"message_id": draft.id, "state": State.WAITING, "tried": {}, "tries": 0, "attempt": 0}

    def _planned(self, draft: Draft) -> dict[str, Any]:
        return _STEP | {
            "id": self._ids(),
            "message_id": draft.id,
            "at": draft.created_at,
            "step": "planned" if draft.final is None else draft.final.value,
            "final_state": draft.final,
            "channel": draft.channel,
            "path": draft.path,
            "detail": draft.detail,
            "code": draft.detail if draft.final is State.FAILED else "",
        }

    def _step(self, move: Move, ends: Collection[str]) -> dict[str, Any]:
        return {
            "id": move.id or self._ids(),
            "message_id": move.message_id,
            "at": move.at,
            "step": move.step,
            "final_state": move.state if move.message_id in ends else None,
            "channel": move.channel,
            "path": move.path,
            "code": storable(move.code, 60),
            "detail": storable(move.detail, 300),
            "provider_id": None if move.provider_id is None else storable(move.provider_id, 200),
            "price": move.price,
            "parts": move.parts,
        }


_CLAIMED = (
    "message_id", "person_id", "event", "about", "dossier_id", "notice_id", "agency", "filing_channel", "lane",
    "recipient", "due_at", "expires_at", "created_at", "channel", "path", "tried", "tries", "attempt",
)  # fmt: skip
_MOVED = ["state", "due_at", "channel", "path", "tried", "tries", "attempt", "worker", "lease_until"]
_TO = (
    update(queue)
    .where(queue.c.message_id == bindparam("_id"))
    .values({name: bindparam(f"to_{name}", type_=queue.c[name].type) for name in _MOVED})
)
_BETTERS = {
    State.DELIVERED: frozenset(State) - {State.DELIVERED},
    State.ACCEPTED: {State.UNKNOWN, State.EXPIRED, State.CANCELLED},
    State.FAILED: {State.ACCEPTED, State.UNKNOWN},
}
"""Which ends a late word takes the place of."""

_STEP = {"code": "", "provider_id": None, "price": None, "parts": None}


def _change(move: Move) -> dict[str, Any]:
    assert move.due_at is not None, move.step  # noqa: S101
    values = {name: getattr(move, name) for name in _MOVED}
    values["tried"] = move.tried or {}
    return {f"to_{name}": value for name, value in values.items()} | {"_id": move.message_id}


def step_of(row: Any) -> Step:
    """A line of history as it travels."""
    return Step(
        at=row.at,
        step=row.step,
        channel=row.channel,
        path=row.path,
        code=row.code,
        detail=row.detail,
        provider_id=row.provider_id,
        price=row.price,
        parts=row.parts,
    )


def natural_key(seal: Seal, parts: Iterable[str]) -> bytes:
    """The hash that makes a message one and the same, however often it is planned."""
    return seal.hash("message", "\0".join(parts))
