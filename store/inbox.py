"""The inbox: what people did, stored once by the provider's event id before the webhook is answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Field, SQLModel

from store.columns import Sealed, UtcTime, table
from store.database import Tx, pages, storable
from store.ids import Ids
from store.personal import Seal, Unreadable


class InboxTable(SQLModel, table=True):
    __tablename__ = "inbox"
    __table_args__ = (
        Index("uq_inbox_channel_event", "channel", "event", unique=True),
        Index("ix_inbox_open", "id", sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL")),
    )

    id: str = Field(primary_key=True)
    channel: str
    event: bytes  # keyed hash of the provider's event id
    sealed: bytes = Field(sa_type=Sealed)
    received_at: datetime = Field(sa_type=UtcTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcTime)
    tries: int = 0
    why: str | None = None


_inbox = table(InboxTable)
TRIES = 5
"""After so many failures a row is kept aside for a person to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One thing that a person did; `item` is what was put, plain data."""

    id: str
    channel: str
    item: dict[str, object]
    received_at: datetime
    tries: int


class Inbox:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def put(self, tx: Tx, channel: str, items: Iterable[tuple[str, dict[str, object]]], at: datetime) -> int:
        """Items by the provider's event id; how many were new. A repeated webhook adds nothing."""
        rows: list[dict[str, Any]] = []
        for event_id, item in items:
            row_id = self._ids()
            sealed = self._seal.seal_data("inbox.sealed", row_id, item)
            event = self._seal.hash(f"inbox.{channel}", event_id)
            rows.append(
                {"id": row_id, "channel": channel, "event": event, "sealed": sealed, "received_at": at, "tries": 0}
            )
        put = upsert(InboxTable).on_conflict_do_nothing(index_elements=["channel", "event"]).returning(_inbox.c.id)
        new = 0
        for page in pages(sorted(rows, key=lambda row: row["event"]), 500):
            new += len((await tx.execute(put.values(page))).all())
        return new

    async def claim(self, tx: Tx, limit: int) -> list[InboxRow]:
        """The oldest open rows, locked until the transaction ends (on SQLite there is one writer anyway).

        Served by ix_inbox_open. A row that does not open (another key) is passed over: it would hide all others.
        """
        claimed: list[InboxRow] = []
        after = ""
        while len(claimed) < limit:
            query = select(_inbox).where(_inbox.c.done_at.is_(None), _inbox.c.tries < TRIES, _inbox.c.id > after)
            query = query.order_by(_inbox.c.id).limit(limit - len(claimed)).with_for_update(skip_locked=True)
            rows = (await tx.execute(query)).all()
            if not rows:
                break
            after = rows[-1].id
            claimed += [found for row in rows if (found := self._opened(row)) is not None]
        return claimed

    async def done(self, tx: Tx, row_id: str, at: datetime) -> None:
        await tx.execute(update(_inbox).where(_inbox.c.id == row_id).values(done_at=at, why=None))

    async def failed(self, tx: Tx, row_id: str, why: str) -> None:
        """Tried once more, in its own transaction after the one that failed."""
        failed = update(_inbox).where(_inbox.c.id == row_id)
        await tx.execute(failed.values(tries=_inbox.c.tries + 1, why=storable(why, 200)))

    async def waiting(self, tx: Tx) -> int:
        query = select(func.count()).where(_inbox.c.done_at.is_(None), _inbox.c.tries < TRIES)
        return int((await tx.execute(query)).scalar_one())

    def _opened(self, row: Any) -> InboxRow | None:
        try:
            item = self._seal.open_data("inbox.sealed", row.id, row.sealed)
        except Unreadable:
            return None
        return InboxRow(id=row.id, channel=row.channel, item=item, received_at=row.received_at, tries=row.tries)
