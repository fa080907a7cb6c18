"""The steps of many messages at once: a line of history each, and what becomes of their rows in the queue."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Delete, Select, Update, bindparam, delete, select, update

from store.database import Dialect, Tx, storable
from store.ids import Ids
from store.inserts import Inserts
from store.outbox.tables import Move, State, Step, Track, attempt, queue
from store.prepared import each, run
from store.sets import among, packed_texts

_LINES = Inserts(attempt, [column.name for column in attempt.c])
_MOVED = ("state", "channel", "path", "tried", "worker", "tries", "attempt", "due_at", "lease_until")
_BETTERS = {
    State.DELIVERED: frozenset(State) - {State.DELIVERED},
    State.ACCEPTED: {State.UNKNOWN, State.EXPIRED, State.CANCELLED},
    State.FAILED: {State.ACCEPTED, State.UNKNOWN},
}
"""Which ends a late word takes the place of."""


class Moves:
    """Statements over many rows together; never one after the other."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    async def move(self, tx: Tx, moves: Sequence[Move]) -> None:
        """Writes the history and moves the rows, each only if no newer attempt has begun.

        A word that comes when the message has ended already may better its end: each message has exactly one.
        """
        if not moves:
            return
        live = await self._attempts(tx, {move.message_id for move in moves})
        current = [move for move in moves if live.get(move.message_id, move.attempt + 1) <= move.attempt]
        ends = {move.message_id for move in current if move.leaves}
        ends |= await self._bettered(tx, [move for move in moves if move.message_id not in live])
        if staying := [move for move in current if not move.leaves]:
            await each(tx, _stay, map(_change, staying))
        if leaving := [move.message_id for move in current if move.leaves]:
            await run(tx, _leave, {"ids": packed_texts(leaving)})
        await self._write(tx, moves, ends)

    async def mark(self, tx: Tx, moves: Sequence[Move]) -> None:
        """Moves that stay, of rows which this very transaction has claimed: nobody else can have touched them."""
        if moves:
            await each(tx, _stay, map(_change, moves))
            await self._write(tx, moves, ())

    async def tracks(self, tx: Tx, message_ids: Collection[str]) -> dict[str, Track]:
        """The way of each of these messages so far. Served by the index on (message_id, id)."""
        steps: dict[str, list[Any]] = {message_id: [] for message_id in message_ids}
        if steps:
            for row in await run(tx, _steps, {"ids": packed_texts(steps)}):
                steps[row.message_id].append(row)
        return {
            message_id: Track(
                steps=tuple(step_of(row) for row in rows),
                end=next((State(row.final_state) for row in reversed(rows) if row.final_state), None),
            )
            for message_id, rows in steps.items()
        }

    async def _attempts(self, tx: Tx, message_ids: Collection[str]) -> dict[str, int]:
        """The present attempt of those that are in the queue, locked in the order of their ids."""
        rows = await run(tx, _lock, {"ids": packed_texts(message_ids)})
        return {row.message_id: row.attempt for row in rows}

    async def _bettered(self, tx: Tx, late: Sequence[Move]) -> set[str]:
        """Which ended messages get a better end now; the old end's mark is taken off."""
        if not late:
            return set()
        tracks = await self.tracks(tx, {move.message_id for move in late})
        better = {move.message_id for move in late if tracks[move.message_id].end in _BETTERS.get(move.state, ())}
        if better:
            await run(tx, _unend, {"ids": packed_texts(better)})
        return better

    async def _write(self, tx: Tx, moves: Sequence[Move], ends: Collection[str]) -> None:
        await _LINES.write(tx, [self._line(move, ends) for move in moves])

    def _line(self, move: Move, ends: Collection[str]) -> tuple[Any, ...]:
        """In the order of `_LINES`."""
        return (
            move.id or self._ids(),
            move.message_id,
            move.at,
            move.step,
            move.state if move.message_id in ends else None,
            move.channel,
            move.path,
            storable(move.code, 60),
            storable(move.detail, 300),
            None if move.provider_id is None else storable(move.provider_id, 200),
            move.price,
            move.parts,
        )


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


def _change(move: Move) -> dict[str, Any]:
    assert move.due_at is not None, move.step  # noqa: S101
    return {
        "moved": move.message_id,
        "to_state": move.state,
        "to_channel": move.channel,
        "to_path": move.path,
        "to_tried": move.tried or {},
        "to_worker": move.worker,
        "to_tries": move.tries,
        "to_attempt": move.attempt,
        "to_due_at": move.due_at,
        "to_lease_until": move.lease_until,
    }


def _lock(dialect: Dialect) -> Select[Any]:
    query = select(queue.c.message_id, queue.c.attempt).where(among(dialect, queue.c.message_id, "ids"))
    return query.order_by(queue.c.message_id).with_for_update()


def _stay(_dialect: Dialect) -> Update:
    changed = {name: bindparam(f"to_{name}", type_=queue.c[name].type) for name in _MOVED}
    return update(queue).where(queue.c.message_id == bindparam("moved")).values(changed)


def _leave(dialect: Dialect) -> Delete:
    return delete(queue).where(among(dialect, queue.c.message_id, "ids"))


def _steps(dialect: Dialect) -> Select[Any]:
    return select(attempt).where(among(dialect, attempt.c.message_id, "ids")).order_by(attempt.c.id)


def _unend(dialect: Dialect) -> Update:
    ended = attempt.c.final_state.is_not(None)
    return update(attempt).where(among(dialect, attempt.c.message_id, "ids"), ended).values(final_state=None)
