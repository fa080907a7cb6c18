"""The inbox: what people did, stored once by the provider's event id before the webhook is answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Field, SQLModel

from store.columns import Sealed, UtcTime, table
from store.database import Tx
from store.ids import Ids
from store.personal import Seal


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
        rows = []
        for event_id, item in items:
            row_id = self._ids()
            sealed = self._seal.seal_data("inbox.sealed", row_id, item)
            event = self._seal.hash(f"inbox.{channel}", event_id)
            rows.append(
                {"id": row_id, "channel": channel, "event": event, "sealed": sealed, "received_at": at, "tries": 0}
            )
        if not rows:
            return 0
        put = upsert(InboxTable).on_conflict_do_nothing(index_elements=["channel", "event"]).returning(_inbox.c.id)
        return len((await tx.execute(put.values(rows))).all())

    async def claim(self, tx: Tx, limit: int) -> list[InboxRow]:
        """The oldest open rows, locked until the transaction ends (on SQLite there is one writer anyway)."""
        query = (
            select(_inbox)
            .where(_inbox.c.done_at.is_(None), _inbox.c.tries < TRIES)
            .order_by(_inbox.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [
            InboxRow(
                id=row.id,
                channel=row.channel,
                item=self._seal.open_data("inbox.sealed", row.id, row.sealed),
                received_at=row.received_at,
                tries=row.tries,
            )
            for row in await tx.execute(query)
        ]

    async def done(self, tx: Tx, row_id: str, at: datetime) -> None:
        await tx.execute(update(_inbox).where(_inbox.c.id == row_id).values(done_at=at, why=None))

    async def failed(self, tx: Tx, row_id: str, why: str) -> None:
        """Tried once more, in its own transaction after the one that failed."""
        await tx.execute(update(_inbox).where(_inbox.c.id == row_id).values(tries=_inbox.c.tries + 1, why=why[:200]))

    async def waiting(self, tx: Tx) -> int:
        query = select(func.count()).where(_inbox.c.done_at.is_(None), _inbox.c.tries < TRIES)
        return int((await tx.execute(query)).scalar_one())
