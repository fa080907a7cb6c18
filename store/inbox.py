"""The inbox: what people did, stored once by the provider's event id before the webhook is answered.

Messages of one sender are worked on one after another, in their order, however many listeners there are.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Index,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlmodel import Field, SQLModel

from store.columns import Sealed, UtcTime, table
from store.database import Dialect, Tx, storable
from store.ids import Ids
from store.inserts import Inserts
from store.personal import Seal, Unreadable
from store.prepared import run
from store.sets import among, packed_texts


class InboxTable(SQLModel, table=True):
    __tablename__ = "inbox"
    __table_args__ = (
        Index("uq_inbox_channel_event", "channel", "event", unique=True),
        Index("ix_inbox_open", "id", sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL")),
        Index(
            "ix_inbox_aside",
            "sender",
            sqlite_where=text("done_at IS NULL AND retry_at IS NOT NULL"),
            postgresql_where=text("done_at IS NULL AND retry_at IS NOT NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    channel: str
    event: bytes  # keyed hash of the provider's event id
    sender: int | None = Field(default=None, sa_type=BigInteger)  # keyed hash of who wrote; None: nobody
    sealed: bytes = Field(sa_type=Sealed)
    received_at: datetime = Field(sa_type=UtcTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcTime)
    tries: int = 0
    retry_at: datetime | None = Field(default=None, sa_type=UtcTime)  # it failed: left alone until then
    why: str | None = None


_inbox = table(InboxTable)
_earlier = _inbox.alias("earlier")
TRIES = 5
"""After so many failures a row is kept aside for a person to look at."""

HOLDS = 3
"""A row that failed this often no longer holds up what its sender wrote after it: that waits some seconds at most."""

_COLUMNS = ("id", "channel", "event", "sender", "sealed", "received_at", "tries")
_PUT = Inserts(_inbox, _COLUMNS, "ON CONFLICT (channel, event) DO NOTHING")
_event = itemgetter("event")
_values = itemgetter(*_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One thing that a person did; `item` is what was put, plain data. `sender` is the same for the same person."""

    id: str
    channel: str
    sender: int | None
    item: dict[str, Any]
    received_at: datetime
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Rows to work on now. `more`: there may be others, which wait for their turn or for their sender's."""

    rows: list[InboxRow]
    more: bool


class Inbox:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def put(self, tx: Tx, channel: str, items: Iterable[tuple[str, dict[str, object]]], at: datetime) -> int:
        """Items by the provider's event id; how many were new. A repeated webhook adds nothing."""
        return await self.add(tx, [self.row(channel, event_id, item, at) for event_id, item in items])

    def row(self, channel: str, event_id: str, item: dict[str, object], at: datetime) -> dict[str, Any]:
        """A row to `add`, sealed already. `item["sender"]`, where there is one, is [kind, value]."""
        row_id = self._ids()
        return {
            "id": row_id,
            "channel": channel,
            "event": self._seal.hash(f"inbox.{channel}", event_id),
            "sender": self._sender(item.get("sender")),
            "sealed": self._seal.seal_data("inbox.sealed", row_id, item),
            "received_at": at,
            "tries": 0,
        }

    async def add(self, tx: Tx, rows: Sequence[dict[str, Any]]) -> int:
        """How many of these rows were new. In the order of their events: two that add the same wait, and never both."""
        return await _PUT.write(tx, [_values(row) for row in sorted(rows, key=_event)])

    async def claim(self, tx: Tx, limit: int, now: datetime | None = None) -> list[InboxRow]:
        """The rows of `take`."""
        return (await self.take(tx, limit, now)).rows

    async def take(self, tx: Tx, limit: int, now: datetime | None = None) -> Taken:
        """The oldest open rows, locked until the transaction ends, and with them their senders.

        None of a sender that another transaction works for, or whose earlier message was set aside a moment ago.
        A row that does not open (another key) is passed over: it would hide all others. Served by ix_inbox_open and
        ix_inbox_aside.
        """
        claimed: list[InboxRow] = []
        busy: set[int] = set()
        after = ""
        while (wanted := limit - len(claimed)) > 0:
            bound = {"after": after, "most": wanted, "now": now, "busy": orjson.dumps(list(busy)).decode()}
            found = await run(tx, _due if now is not None else _open, bound)
            rows, others = await _locked(tx, found, now)
            busy |= others
            claimed += [opened for row in rows if (opened := self._opened(row)) is not None]
            if len(found) < wanted:
                return Taken(rows=claimed, more=bool(busy))
            after = found[-1].id
        return Taken(rows=claimed, more=True)

    async def again(self, tx: Tx, row_id: str, now: datetime) -> InboxRow | None:
        """One row by its id, locked as by `take`; None where it is done, set aside, held up, or somebody else's."""
        found = await run(tx, _one, {"id": row_id, "most": 1, "now": now})
        rows, _ = await _locked(tx, found, now)
        return self._opened(rows[0]) if rows else None

    async def done(self, tx: Tx, row_id: str, at: datetime) -> None:
        await self.done_all(tx, [row_id], at)

    async def done_all(self, tx: Tx, row_ids: Collection[str], at: datetime) -> None:
        await run(tx, _done, {"ids": packed_texts(row_ids), "at": at})

    async def failed(self, tx: Tx, row_id: str, why: str, retry_at: datetime | None = None) -> None:
        """Tried once more, in its own transaction after the one that failed; left alone until `retry_at`."""
        failed = update(_inbox).where(_inbox.c.id == row_id)
        await tx.execute(failed.values(tries=_inbox.c.tries + 1, why=storable(why, 200), retry_at=retry_at))

    async def waiting(self, tx: Tx) -> int:
        query = select(func.count()).where(_inbox.c.done_at.is_(None), _inbox.c.tries < TRIES)
        return int((await tx.execute(query)).scalar_one())

    def _sender(self, sender: object) -> int | None:
        if not isinstance(sender, Sequence) or isinstance(sender, str) or len(sender) != 2:
            return None
        return int.from_bytes(self._seal.hash("inbox.sender", f"{sender[0]}:{sender[1]}")[:8], "big", signed=True)

    def _opened(self, row: Any) -> InboxRow | None:
        try:
            item = self._seal.open_data("inbox.sealed", row.id, row.sealed)
        except Unreadable:
            return None
        return InboxRow(
            id=row.id,
            channel=row.channel,
            sender=row.sender,
            item=item,
            received_at=row.received_at,
            tries=row.tries,
        )


def _open(dialect: Dialect) -> Select[Any]:
    return _candidates(dialect, _free(timed=False))


def _due(dialect: Dialect) -> Select[Any]:
    return _candidates(dialect, _free(timed=True))


def _one(dialect: Dialect) -> Select[Any]:
    return _tried(dialect, [*_free(timed=True), _inbox.c.id == bindparam("id")])


def _candidates(dialect: Dialect, free: list[ColumnElement[bool]]) -> Select[Any]:
    """Those behind `after`, but for what the `busy` senders wrote (a list in JSON)."""
    given: ColumnElement[Any] = bindparam("busy", type_=Text())
    numbers = func.json_each(given) if dialect == "sqlite" else func.json_array_elements_text(cast(given, JSON))
    busy = numbers.table_valued("value")
    theirs = select(cast(busy.c.value, BigInteger))
    others = or_(_inbox.c.sender.is_(None), _inbox.c.sender.not_in(theirs))
    return _tried(dialect, [*free, _inbox.c.id > bindparam("after"), others])


def _tried(dialect: Dialect, wanted: list[ColumnElement[bool]]) -> Select[Any]:
    """Open rows in order. On PostgreSQL only their ids, and `mine`: whether their sender is this transaction's now.

    The senders are tried outside the limit: in the condition a lock could be gained for rows that are not returned.
    On SQLite there is one writer, so that every row is ours.
    """
    query = select(_inbox) if dialect == "sqlite" else select(_inbox.c.id, _inbox.c.sender)
    query = query.where(*wanted).order_by(_inbox.c.id).limit(bindparam("most"))
    if dialect == "sqlite":
        return query
    oldest = query.subquery("oldest")
    mine = or_(oldest.c.sender.is_(None), func.pg_try_advisory_xact_lock(oldest.c.sender))
    return select(oldest, mine.label("mine")).order_by(oldest.c.id)


async def _locked(tx: Tx, found: Sequence[Any], now: datetime | None) -> tuple[list[Any], set[int]]:
    """The rows of these candidates that are ours, whole; and the senders of whom something is not.

    Looked at again now that their senders are: whoever had them a moment ago may have done some, or set one aside.
    Rows are locked only here, never those of a sender that is another's: it would pass over them, out of order.
    """
    if tx.dialect.name == "sqlite":
        return list(found), set()
    others = {one.sender for one in found if not one.mine}
    mine = [one for one in found if one.mine]
    if not mine:
        return [], others
    bound = {"ids": packed_texts([one.id for one in mine]), "now": now}
    whole = {row.id: row for row in await run(tx, _due_whole if now is not None else _open_whole, bound)}
    rows: list[Any] = []
    for one in mine:
        if one.id not in whole and one.sender is not None:
            others.add(one.sender)
        elif one.id in whole and one.sender not in others:
            rows.append(whole[one.id])
    return rows, others


def _open_whole(_dialect: Dialect) -> Select[Any]:
    return _whole(_free(timed=False))


def _due_whole(_dialect: Dialect) -> Select[Any]:
    return _whole(_free(timed=True))


def _whole(free: list[ColumnElement[bool]]) -> Select[Any]:
    query = select(_inbox).where(among("postgresql", _inbox.c.id, "ids"), *free)
    return query.with_for_update(skip_locked=True, of=_inbox)


def _done(dialect: Dialect) -> Update:
    done = update(_inbox).where(among(dialect, _inbox.c.id, "ids"))
    return done.values(done_at=bindparam("at", type_=UtcTime()), retry_at=None, why=None)


def _free(*, timed: bool) -> list[ColumnElement[bool]]:
    """Open, and (at `now`) neither set aside nor behind an earlier message of its sender that is."""
    free = [_inbox.c.done_at.is_(None), _inbox.c.tries < TRIES]
    if not timed:
        return free
    now = bindparam("now", type_=UtcTime())
    aside = and_(_earlier.c.done_at.is_(None), _earlier.c.retry_at.is_not(None), _earlier.c.retry_at > now)
    # `|| ''` keeps SQLite from walking all open rows by their ids, where the few that are set aside are to be looked at
    before = _earlier.c.id + "" < _inbox.c.id
    theirs = and_(_earlier.c.sender == _inbox.c.sender, before, _earlier.c.tries < HOLDS)
    return [*free, or_(_inbox.c.retry_at.is_(None), _inbox.c.retry_at <= now), ~exists().where(aside, theirs)]
