"""Messages that travel inside another (gộp tin): each keeps its row, its key and its history, and ends as its carrier.

A joined message has left the queue; the carrier is in it instead, in the same transaction. What joins can be taken
apart again as long as no provider can have the carrier.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, func, insert, select
from sqlmodel import Field, SQLModel

from store.columns import UtcTime, table
from store.database import Dialect, Tx, pages
from store.outbox.ends import Ends, about, cancelling, of_dossiers
from store.outbox.queue import locked
from store.outbox.tables import Claimed, Draft, Move, State, message, queue
from store.prepared import run
from store.sets import among_listed, dialect_of, listed

MOST_COMPANY = 2_000
"""Rows that are looked through at most for the company of one claim's messages."""

SEPARATED = "separated"
_PATH_STATES = frozenset({"hard", "soft"})


class JoinedTable(SQLModel, table=True):
    """Which message carries this one, since when, and until when it would have lived by itself."""

    __tablename__ = "joined"

    message_id: str = Field(primary_key=True, foreign_key="message.id")
    carrier_id: str = Field(foreign_key="message.id", index=True)
    at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)


_joined = table(JoinedTable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One message inside a carrier."""

    message_id: str
    event: str
    dossier_id: str | None


class Joins(Ends):
    async def company(self, tx: Tx, leaders: Sequence[Claimed]) -> dict[str, list[Claimed]]:
        """What else waits for the same people in the same lane, by leader, the earliest first, locked.

        Served by ix_queue_order; what others hold is passed over.
        """
        by_place = {(leader.recipient, leader.lane): leader.message_id for leader in leaders}
        found: dict[str, list[Claimed]] = {leader.message_id: [] for leader in leaders}
        bound = {"ids": listed(dialect_of(tx), found), "most": MOST_COMPANY}
        for row in self._opened(await run(tx, _company, bound)):
            leader = by_place.get((row.recipient, row.lane))
            if leader is not None:
                found[leader].append(row)
        return found

    async def join(self, tx: Tx, joined: Sequence[tuple[Draft, Sequence[Claimed]]], at: datetime) -> None:
        """Each carrier takes the place of its members, which the caller holds locked."""
        if not joined:
            return
        await self.put(tx, [carrier for carrier, _ in joined])
        pairs = [(carrier.id, one) for carrier, members in joined for one in members]
        await tx.execute(
            insert(_joined),
            [
                {"message_id": one.message_id, "carrier_id": carrier_id, "at": at, "expires_at": one.expires_at}
                for carrier_id, one in pairs
            ],
        )
        for page in pages(one.message_id for _, one in pairs):
            await tx.execute(delete(queue).where(queue.c.message_id.in_(page)))
        await self._write(tx, [_line(one.message_id, "joined", at, carrier_id) for carrier_id, one in pairs], ())

    async def separate(self, tx: Tx, carriers: Sequence[Claimed], at: datetime) -> set[str]:
        """Takes apart carriers that wait and that no provider can have: their members wait again, each by itself.

        The carriers that ended so. A path that was given up stays so for their members.
        """
        tracks = await self.tracks(tx, [carrier.message_id for carrier in carriers])
        apart = {one.message_id: one for one in carriers if tracks[one.message_id].standing is None}
        rows: list[Any] = []
        for page in pages(apart):
            query = select(_joined, message.c.lane).join(message, message.c.id == _joined.c.message_id)
            rows += (await tx.execute(query.where(_joined.c.carrier_id.in_(page)))).all()
        if rows:
            await tx.execute(insert(queue), [_alone(row, apart[row.carrier_id], at) for row in rows])
            await tx.execute(delete(_joined).where(_joined.c.message_id.in_([row.message_id for row in rows])))
            await self._write(tx, [_line(row.message_id, SEPARATED, at, row.carrier_id) for row in rows], ())
        await self.move(tx, [cancelling(one.message_id, one.attempt, at, SEPARATED) for one in apart.values()])
        return set(apart)

    async def take_out(self, tx: Tx, message_ids: Collection[str], at: datetime) -> None:
        """These messages stand alone again, where their carriers have not left yet."""
        carriers = await self.carriers(tx, message_ids)
        rows = await self.open_rows(tx, sorted(set(carriers.values())))
        await self.separate(tx, [row for row in rows.values() if row.state is State.WAITING], at)

    async def carriers(self, tx: Tx, message_ids: Collection[str]) -> dict[str, str]:
        """Message → the one that carries it; those that travel alone are not among them."""
        found: dict[str, str] = {}
        for page in pages(message_ids):
            rows = await tx.execute(
                select(_joined.c.message_id, _joined.c.carrier_id).where(_joined.c.message_id.in_(page))
            )
            found |= {row.message_id: row.carrier_id for row in rows}
        return found

    async def carried_of(self, tx: Tx, dossier_ids: Collection[str], events: Collection[str]) -> list[str]:
        """Messages of these dossiers, of these events, inside carriers that wait. By the index on (dossier_id, id)."""
        return [row.message_id for row in await run(tx, _carried_of, about(dialect_of(tx), dossier_ids, events))]

    async def members(self, tx: Tx, carrier_id: str) -> list[Member]:
        """What a carrier carries, in order. Served by the index on carrier_id."""
        query = select(message.c.id, message.c.event, message.c.dossier_id)
        query = query.join(_joined, _joined.c.message_id == message.c.id).where(_joined.c.carrier_id == carrier_id)
        return [
            Member(message_id=row.id, event=row.event, dossier_id=row.dossier_id)
            for row in await tx.execute(query.order_by(message.c.id))
        ]


def _company(dialect: Dialect) -> Select[Any]:
    """Prepared once, for any number of leaders."""
    leader = queue.alias("leader")
    theirs = and_(
        queue.c.recipient == leader.c.recipient,
        queue.c.lane == leader.c.lane,
        queue.c.message_id != leader.c.message_id,
        func.coalesce(queue.c.state, "") == State.WAITING,  # so that the state's index is not taken: most of it waits
    )
    led = locked(among_listed(dialect, leader.c.message_id, "ids"), theirs)
    return led.order_by(queue.c.recipient, queue.c.lane, queue.c.message_id).limit(bindparam("most"))


def _carried_of(dialect: Dialect) -> Select[Any]:
    query = select(_joined.c.message_id).join(message, message.c.id == _joined.c.message_id)
    query = query.join(queue, queue.c.message_id == _joined.c.carrier_id)
    return query.where(of_dossiers(dialect), queue.c.state == State.WAITING)


def _line(message_id: str, step: str, at: datetime, carrier_id: str) -> Move:
    """A line of history and no more: the row in the queue is dealt with beside it."""
    return Move(message_id=message_id, at=at, step=step, state=State.WAITING, attempt=0, detail=carrier_id)


def _alone(row: Any, carrier: Claimed, at: datetime) -> dict[str, Any]:
    return {
        "message_id": row.message_id,
        "lane": row.lane,
        "recipient": carrier.recipient,
        "state": State.WAITING,
        "due_at": at,
        "expires_at": row.expires_at,
        "channel": carrier.channel,
        "path": carrier.path,
        "tried": {path: why for path, why in carrier.tried.items() if why in _PATH_STATES},
        "tries": 0,
        "attempt": 0,
    }
