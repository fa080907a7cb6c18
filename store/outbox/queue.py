"""A message's life in the queue: put, claim, move, reap, cancel. Core statements in batches, never a row at a time."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from store.database import Tx
from store.ids import Ids
from store.outbox.tables import Claimed, Draft, MessageTable, Move, State, attempt, message, queue
from store.personal import Seal

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
        for start in range(0, len(rows), 500):  # SQLite binds at most 32,766 values a statement
            new |= set((await tx.execute(put.values(rows[start : start + 500]))).scalars())
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
        """What may leave now: lanes in order, the oldest first, none before an earlier one to the same person.

        `without` are channels that may not send now. Locks the rows (SKIP LOCKED); served by ix_queue_due and
        ix_queue_order.
        """
        earlier = exists().where(
            _EARLIER.c.recipient == queue.c.recipient,
            _EARLIER.c.lane == queue.c.lane,
            _EARLIER.c.message_id < queue.c.message_id,
            _EARLIER.c.state.in_([State.WAITING, State.SENDING]),
        )
        query = self._rows().where(
            queue.c.state == State.WAITING, queue.c.lane.in_(lanes), queue.c.due_at <= now, ~earlier
        )
        if without:
            query = query.where(or_(queue.c.channel.is_(None), queue.c.channel.not_in(without)))
        return await self._claimed(tx, query.order_by(queue.c.lane, queue.c.due_at, queue.c.message_id).limit(limit))

    async def overdue(self, tx: Tx, *, now: datetime, limit: int) -> list[Claimed]:
        """Accepted or unknown messages whose time to hear more is over; and any whose life has ended."""
        late = and_(queue.c.state.in_([State.ACCEPTED, State.UNKNOWN]), queue.c.due_at <= now)
        dead = and_(queue.c.state == State.WAITING, queue.c.expires_at <= now)
        return await self._claimed(tx, self._rows().where(or_(late, dead)).order_by(queue.c.message_id).limit(limit))

    async def abandoned(self, tx: Tx, *, now: datetime, limit: int) -> list[Claimed]:
        """Messages that a dead worker was sending: their lease ran out."""
        query = self._rows().where(queue.c.state == State.SENDING, queue.c.lease_until < now)
        return await self._claimed(tx, query.limit(limit))

    async def open_rows(self, tx: Tx, message_ids: Collection[str]) -> dict[str, Claimed]:
        """The queue rows of these messages, locked; those already final are not among them."""
        rows = await self._claimed(tx, self._rows().where(queue.c.message_id.in_(message_ids)))
        return {row.message_id: row for row in rows}

    async def move(self, tx: Tx, moves: Sequence[Move]) -> None:
        """Writes the history and moves the rows, each only if no newer attempt has begun."""
        if not moves:
            return
        await tx.execute(insert(attempt), [self._step(move) for move in moves])
        staying = [_change(move) for move in moves if not move.leaves]
        if staying:
            change = update(queue).where(queue.c.message_id == bindparam("_id"), queue.c.attempt <= bindparam("_n"))
            await tx.execute(
                change.values({name: bindparam(f"to_{name}", type_=queue.c[name].type) for name in _MOVED}), staying
            )
        leaving = [{"_id": move.message_id, "_n": move.attempt} for move in moves if move.leaves]
        if leaving:
            leave = delete(queue).where(queue.c.message_id == bindparam("_id"), queue.c.attempt <= bindparam("_n"))
            await tx.execute(leave, leaving)

    async def postpone(self, tx: Tx, message_ids: Collection[str], until: datetime) -> None:
        """Not now: no attempt is eaten and no history written."""
        if message_ids:
            await tx.execute(update(queue).where(queue.c.message_id.in_(message_ids)).values(due_at=until))

    async def beat(self, tx: Tx, worker: str, message_ids: Collection[str], until: datetime) -> None:
        """This worker lives and is still sending these: their leases last on."""
        mine = and_(queue.c.message_id.in_(message_ids), queue.c.worker == worker, queue.c.state == State.SENDING)
        await tx.execute(update(queue).where(mine).values(lease_until=until))

    async def cancel(
        self,
        tx: Tx,
        *,
        at: datetime,
        detail: str,
        message_ids: Collection[str] | None = None,
        notice_id: str | None = None,
        dossier_id: str | None = None,
        events: Collection[str] = (),
    ) -> int:
        """Cancels what still waits, by ids, by notice or by dossier and events; how many."""
        query = self._rows().where(queue.c.state == State.WAITING)
        if message_ids is not None:
            query = query.where(queue.c.message_id.in_(message_ids))
        if notice_id is not None:
            query = query.where(queue.c.notice_id == notice_id)
        if dossier_id is not None:
            query = query.where(message.c.dossier_id == dossier_id, message.c.event.in_(events))
        rows = await self._claimed(tx, query)
        moves = [
            Move(
                message_id=row.message_id,
                at=at,
                step="cancelled",
                state=State.CANCELLED,
                attempt=row.attempt,
                detail=detail,
            )
            for row in rows
        ]
        await self.move(tx, moves)
        return len(moves)

    async def retry(self, tx: Tx, message_ids: Collection[str], at: datetime, life_until: datetime, detail: str) -> int:
        """Failed, expired or unknown messages wait again, all paths open; how many."""
        open_rows = await self.open_rows(tx, message_ids)
        wanted = [i for i in message_ids if i not in open_rows or open_rows[i].state == State.UNKNOWN]
        rows = await tx.execute(select(message).where(message.c.id.in_(wanted), message.c.sealed.is_not(None)))
        again = 0
        for row in rows:
            await tx.execute(delete(queue).where(queue.c.message_id == row.id))
            body = self._seal.open_data(BLOB, row.id, row.sealed)
            steps = select(func.count()).where(attempt.c.message_id == row.id)
            n = int((await tx.execute(steps)).scalar_one())
            values = {
                "message_id": row.id,
                "lane": row.lane,
                "state": State.WAITING,
                "tried": {},
                "tries": 0,
                "attempt": n,
            }
            values |= {"recipient": bytes.fromhex(body["order"]), "due_at": at, "expires_at": life_until}
            await tx.execute(insert(queue), values | {"notice_id": row.notice_id})
            again += 1
            step = {"id": self._ids(), "message_id": row.id, "at": at, "step": "retried", "detail": detail}
            await tx.execute(insert(attempt), step)
        return again

    def _rows(self) -> Select[Any]:
        columns = [column for column in queue.c if column.name not in ("worker", "lease_until", "lane", "notice_id")]
        query = select(*columns, message).join(message, message.c.id == queue.c.message_id)
        return query.with_for_update(of=queue, skip_locked=True)

    async def _claimed(self, tx: Tx, query: Select[Any]) -> list[Claimed]:
        return [
            Claimed(
                **{name: getattr(row, name) for name in _CLAIMED},
                state=State(row.state),
                body={} if row.sealed is None else self._seal.open_data(BLOB, row.message_id, row.sealed),
            )
            for row in await tx.execute(query)
        ]

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
        }

    def _step(self, move: Move) -> dict[str, Any]:
        return {
            "id": self._ids(),
            "message_id": move.message_id,
            "at": move.at,
            "step": move.step,
            "final_state": move.state if move.leaves else None,
            "channel": move.channel,
            "path": move.path,
            "code": move.code[:60],
            "detail": move.detail[:300],
            "provider_id": move.provider_id,
            "price": move.price,
            "parts": move.parts,
        }


_CLAIMED = (
    "message_id", "person_id", "event", "about", "dossier_id", "notice_id", "agency", "filing_channel", "lane",
    "recipient", "due_at", "expires_at", "created_at", "channel", "path", "tried", "tries", "attempt",
)  # fmt: skip
_MOVED = ["state", "due_at", "channel", "path", "tried", "tries", "attempt", "worker", "lease_until"]
_STEP = {"code": "", "provider_id": None, "price": None, "parts": None}


def _change(move: Move) -> dict[str, Any]:
    assert move.due_at is not None, move.step  # noqa: S101
    values = {name: getattr(move, name) for name in _MOVED}
    values["tried"] = move.tried or {}
    return {f"to_{name}": value for name, value in values.items()} | {"_id": move.message_id, "_n": move.attempt}


def natural_key(seal: Seal, parts: Iterable[str]) -> bytes:
    """The hash that makes a message one and the same, however often it is planned."""
    return seal.hash("message", "\0".join(parts))
