"""What waits: put off, in many hours at once; how much of it, since when and behind what."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Update, and_, bindparam, case, func, or_, select, update

from store.database import Dialect, Tx
from store.ids import first
from store.outbox.joins import Joins
from store.outbox.order import EARLIER, goes_first, held_back
from store.outbox.queue import locked
from store.outbox.tables import Claimed, State, message, queue
from store.prepared import each, run

AHEAD = timedelta(seconds=2)
"""No two clocks of one house differ by more; a message made so much later than now was made by one that was wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Messages that wait in one lane for one channel. `behind`: due, but an earlier one to the same person is open.

    `tried`: of those not due, the ones that have been tried and pause.
    """

    lane: int
    channel: str | None
    due: int
    behind: int
    later: int
    tried: int
    oldest_due_at: datetime | None
    next_due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one waiting message stands in the queue. `behind` is the message that goes first to the same person."""

    lane: int
    channel: str | None
    path: str | None
    due_at: datetime
    expires_at: datetime
    attempt: int
    tried: Mapping[str, str]
    recipient: bytes
    behind: str | None


class Waits(Joins):
    async def put_off(self, tx: Tx, until: Mapping[str, datetime]) -> None:
        """Each to its own moment: no attempt is eaten and no history written."""
        if until:
            rows = [{"waits": message_id, "until": due_at} for message_id, due_at in until.items()]
            await each(tx, _put_off, rows)

    async def due_at_once(self, tx: Tx, now: datetime) -> None:
        """What was to leave at once, by a clock that was ahead and is right again, is due now and keeps its place.

        What waits for an hour of its own goes on waiting. Reads nothing else: such messages have the latest ids.
        """
        ahead = now + AHEAD
        await run(tx, _ahead, {"now": now, "ahead": ahead, "least": first(ahead)})

    async def due(self, tx: Tx, *, now: datetime, lane: int, after: str = "", limit: int = 500) -> list[Claimed]:
        """A page, in the order of ids, of what could leave now and was never tried, locked."""
        wanted = (queue.c.state == State.WAITING, queue.c.lane == lane, queue.c.due_at <= now, queue.c.attempt == 0)
        query = locked(*wanted, queue.c.message_id > after).order_by(queue.c.message_id).limit(limit)
        return self._opened(await tx.execute(query))

    async def backlog(self, tx: Tx, now: datetime) -> list[Backlog]:
        """Everything that waits, by lane and channel. Reads the whole queue: for people, not for every second."""
        is_due = queue.c.due_at <= now
        query = (
            select(
                queue.c.lane,
                queue.c.channel,
                _count(is_due).label("due"),
                _count(and_(is_due, held_back(now))).label("behind"),
                _count(~is_due).label("later"),
                _count(and_(~is_due, queue.c.attempt > 0)).label("tried"),
                func.min(case((is_due, queue.c.due_at))).label("oldest_due_at"),
                func.min(case((~is_due, queue.c.due_at))).label("next_due_at"),
            )
            .where(queue.c.state == State.WAITING)
            .group_by(queue.c.lane, queue.c.channel)
            .order_by(queue.c.lane, queue.c.channel)
        )
        return [Backlog(**row._mapping) for row in await tx.execute(query)]

    async def held_by(
        self, tx: Tx, *, events: Collection[str], agencies: Collection[str], filings: Collection[str]
    ) -> int:
        """How many waiting messages are of one of these events, agencies or filing channels."""
        query = select(func.count()).select_from(queue).join(message, message.c.id == queue.c.message_id)
        of_these = or_(
            message.c.event.in_(events), message.c.agency.in_(agencies), message.c.filing_channel.in_(filings)
        )
        return int((await tx.execute(query.where(queue.c.state == State.WAITING, of_these))).scalar_one())

    async def standing(self, tx: Tx, message_id: str, now: datetime) -> Standing | None:
        """Where it stands; None unless it waits in the queue."""
        query = select(queue).where(queue.c.message_id == message_id, queue.c.state == State.WAITING)
        row = (await tx.execute(query)).one_or_none()
        if row is None:
            return None
        others = select(EARLIER.c.message_id).where(
            EARLIER.c.recipient == row.recipient,
            EARLIER.c.lane == row.lane,
            EARLIER.c.message_id != message_id,
            or_(
                EARLIER.c.state == State.SENDING,
                and_(EARLIER.c.message_id < message_id, goes_first(now)),
            ),
        )
        behind = (await tx.execute(others.order_by(EARLIER.c.message_id).limit(1))).scalar_one_or_none()
        names = ("lane", "channel", "path", "due_at", "expires_at", "attempt", "tried", "recipient")
        return Standing(**{name: getattr(row, name) for name in names}, behind=behind)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _put_off(_dialect: Dialect) -> Update:
    until = bindparam("until", type_=queue.c.due_at.type)
    return update(queue).where(queue.c.message_id == bindparam("waits")).values(due_at=until)


def _ahead(_dialect: Dialect) -> Update:
    made = select(message.c.created_at).where(message.c.id == queue.c.message_id).scalar_subquery()
    never_tried = and_(queue.c.state == State.WAITING, queue.c.attempt == 0)
    ahead = queue.c.due_at > bindparam("ahead", type_=queue.c.due_at.type)
    query = update(queue).where(queue.c.message_id >= bindparam("least"), never_tried, ahead, queue.c.due_at == made)
    return query.values(due_at=bindparam("now", type_=queue.c.due_at.type))
