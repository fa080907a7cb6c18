"""One person's messages of one lane leave one after the other: which of them goes first."""

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, and_, exists, or_

from store.outbox.tables import State, queue

EARLIER = queue.alias("earlier")


def held_back(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether another to the same person comes before the queue's row."""
    theirs = and_(EARLIER.c.recipient == queue.c.recipient, EARLIER.c.lane == queue.c.lane)
    before = and_(EARLIER.c.message_id < queue.c.message_id, goes_first(now))
    return exists().where(theirs, or_(EARLIER.c.state == State.SENDING, before)).correlate(queue)


def goes_first(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Of an earlier one that waits: it is due, or was tried before, and has a way. One that only waits for its own hour
    holds nobody up.

    One whose life looks over does: the clock that says so may be wrong, and it leaves yet. When it is over, it is ended
    soon (`delivery/silence.py`).
    """
    return and_(
        EARLIER.c.state == State.WAITING,
        EARLIER.c.channel.is_not(None),
        or_(EARLIER.c.due_at <= now, EARLIER.c.attempt > 0),
    )
