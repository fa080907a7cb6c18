"""How messages end before their time, or begin again by hand: always with what stands of them, never more."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, select, update

from store.database import Dialect, Tx, pages
from store.outbox.queue import BLOB, Queue, locked
from store.outbox.tables import Claimed, Move, State, Track, attempt, message, queue
from store.prepared import run
from store.sets import among_listed, dialect_of, listed

_AGAIN = frozenset({State.FAILED, State.EXPIRED, State.UNKNOWN})
"""What a person may send again; nobody sends twice what has arrived, or what was cancelled."""


class Ends(Queue):
    async def end(self, tx: Tx, moves: Sequence[Move]) -> None:
        """No further attempt. What a provider took, or may have, ends as just that, and not as failed or expired."""
        tracks = await self.tracks(tx, [move.message_id for move in moves if move.attempt > 0])
        await self.move(tx, [_with_standing(move, tracks.get(move.message_id, Track())) for move in moves])

    async def cancel(
        self,
        tx: Tx,
        *,
        at: datetime,
        detail: str,
        message_ids: Collection[str] | None = None,
        notice_id: str | None = None,
    ) -> int:
        """Cancels what still waits, by ids or by notice; how many. Waits for rows that others hold, and locks them."""
        query = select(queue.c.message_id, queue.c.attempt).where(queue.c.state == State.WAITING)
        query = query.order_by(queue.c.message_id).with_for_update()
        if notice_id is not None:
            query = query.where(queue.c.notice_id == notice_id)
        chunks = (
            [query] if message_ids is None else [query.where(queue.c.message_id.in_(i)) for i in pages(message_ids)]
        )
        cancelled = 0
        for chunk in chunks:
            rows = (await tx.execute(chunk)).all()
            await self.end(tx, [cancelling(row.message_id, row.attempt, at, detail) for row in rows])
            cancelled += len(rows)
        return cancelled

    async def waiting_of(self, tx: Tx, dossier_ids: Collection[str], events: Collection[str]) -> list[Claimed]:
        """What waits for these dossiers, of these events, locked; what is just leaving is not among them.

        Two statements, so that none begins with all that waits: by the index on (dossier_id, id), then by primary key.
        """
        dialect = dialect_of(tx)
        ids = [row.id for row in await run(tx, _of_dossiers, about(dialect, dossier_ids, events))]
        return self._opened(await run(tx, _waiting, {"ids": listed(dialect, ids)})) if ids else []

    async def retry(self, tx: Tx, message_ids: Collection[str], at: datetime, life_until: datetime, detail: str) -> int:
        """Failed, expired or unknown messages wait again, all paths open; how many."""
        live = await self.open_rows(tx, message_ids)
        tracks = await self.tracks(tx, message_ids)
        states = {i: live[i].state if i in live else tracks[i].end for i in message_ids}
        wanted = [message_id for message_id, state in states.items() if state in _AGAIN]
        rows = (await tx.execute(select(message).where(message.c.id.in_(wanted), message.c.sealed.is_not(None)))).all()
        for row in rows:
            await tx.execute(delete(queue).where(queue.c.message_id == row.id))
            await tx.execute(update(attempt).where(attempt.c.message_id == row.id).values(final_state=None))
            steps = select(func.count()).where(attempt.c.message_id == row.id)
            begun = int((await tx.execute(steps)).scalar_one())  # more than any attempt so far: late words stay late
            order = bytes.fromhex(self._seal.open_data(BLOB, row.id, row.sealed)["order"])
            values = {"message_id": row.id, "lane": row.lane, "recipient": order, "notice_id": row.notice_id}
            values |= {"state": State.WAITING, "due_at": at, "expires_at": life_until}
            await tx.execute(insert(queue), values | {"tried": {}, "tries": 0, "attempt": begun})
            step = {"id": self._ids(), "message_id": row.id, "at": at, "step": "retried", "detail": detail}
            await tx.execute(insert(attempt), step)
        return len(rows)


def _of_dossiers(dialect: Dialect) -> Select[Any]:
    return select(message.c.id).where(of_dossiers(dialect))


def _waiting(dialect: Dialect) -> Select[Any]:
    waits = func.coalesce(queue.c.state, "") == State.WAITING  # not the state's index, as in `_company`
    return locked(among_listed(dialect, queue.c.message_id, "ids"), waits)


def of_dossiers(dialect: Dialect) -> ColumnElement[bool]:
    """Messages about what `about` binds."""
    events = among_listed(dialect, message.c.event, "events")
    return and_(among_listed(dialect, message.c.dossier_id, "dossiers"), events)


def about(dialect: Dialect, dossier_ids: Collection[str], events: Collection[str]) -> dict[str, Any]:
    """What `of_dossiers` takes."""
    return {"dossiers": listed(dialect, dossier_ids), "events": listed(dialect, events)}


def cancelling(message_id: str, attempt: int, at: datetime, detail: str) -> Move:
    """The move of a message that is not sent after all."""
    return Move(message_id=message_id, at=at, step="cancelled", state=State.CANCELLED, attempt=attempt, detail=detail)


def _with_standing(move: Move, track: Track) -> Move:
    """With what stands of earlier attempts, and why the last of them was refused."""
    refusals = (step.code for step in reversed(track.steps) if step.code)
    return move._replace(state=track.standing or move.state, code=move.code or next(refusals, ""), final=True)
