"""The receipts' inbox: what providers say became of messages, stored before their webhook is answered."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, Protocol

from sqlalchemy import Index, select, text, update
from sqlmodel import Field, SQLModel

from store.columns import UtcTime, table
from store.database import Tx, storable
from store.ids import Ids
from store.inserts import Inserts
from store.personal import Seal


class ReceiptTable(SQLModel, table=True):
    __tablename__ = "receipt"
    __table_args__ = (
        Index("uq_receipt_channel_event", "channel", "event", unique=True),
        Index("ix_receipt_open", "id", sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL")),
    )

    id: str = Field(primary_key=True)
    channel: str
    event: bytes
    state: str
    at: datetime = Field(sa_type=UtcTime)
    message_id: str | None = None
    provider_id: str | None = None
    error: str = ""
    permanent: bool = True
    received_at: datetime = Field(sa_type=UtcTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcTime)


_receipt = table(ReceiptTable)
_COLUMNS = (
    "id", "channel", "event", "state", "at", "message_id", "provider_id", "error", "permanent", "received_at",
)  # fmt: skip
_PUT = Inserts(_receipt, _COLUMNS, "ON CONFLICT (channel, event) DO NOTHING")
_event = itemgetter("event")
_values = itemgetter(*_COLUMNS)


class Word(Protocol):
    """What is stored of a receipt; `channels.message.Receipt` is one."""

    @property
    def event_id(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def message_id(self) -> str | None: ...
    @property
    def provider_id(self) -> str | None: ...
    @property
    def error(self) -> str: ...
    @property
    def permanent(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """A stored receipt and the channel that it came by. `state`: accepted, delivered, seen, failed."""

    id: str
    channel: str
    state: str
    at: datetime
    message_id: str | None
    provider_id: str | None
    error: str
    permanent: bool
    received_at: datetime


class Receipts:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def put(self, tx: Tx, channel: str, receipts: Iterable[Word], at: datetime) -> int:
        """How many were new. The same receipt, told again, adds nothing."""
        return await self.add(tx, [self.row(channel, receipt, at) for receipt in receipts])

    def row(self, channel: str, receipt: Word, at: datetime) -> dict[str, Any]:
        """A row to `add`."""
        return {
            "id": self._ids(),
            "channel": channel,
            "event": self._seal.hash(f"receipt.{channel}", receipt.event_id),
            "state": str(receipt.state),
            "at": receipt.at,
            "message_id": _text(receipt.message_id),
            "provider_id": _text(receipt.provider_id),
            "error": storable(receipt.error, 200),
            "permanent": receipt.permanent,
            "received_at": at,
        }

    async def add(self, tx: Tx, rows: Sequence[dict[str, Any]]) -> int:
        """How many of these rows were new. In the order of their events: two that add the same wait, and never both."""
        return await _PUT.write(tx, [_values(row) for row in sorted(rows, key=_event)])

    async def take(self, tx: Tx, limit: int, after: str = "") -> list[ReceiptRow]:
        """A page of open ones, the oldest first, locked. Served by the partial index on open rows.

        `after` an id: so that a page of receipts that match nothing yet does not hide the later ones.
        """
        query = select(_receipt).where(_receipt.c.done_at.is_(None), _receipt.c.id > after)
        query = query.order_by(_receipt.c.id).limit(limit)
        rows = await tx.execute(query.with_for_update(skip_locked=True))
        return [
            ReceiptRow(
                id=row.id,
                channel=row.channel,
                state=row.state,
                at=row.at,
                message_id=row.message_id,
                provider_id=row.provider_id,
                error=row.error,
                permanent=row.permanent,
                received_at=row.received_at,
            )
            for row in rows
        ]

    async def done(self, tx: Tx, row_ids: Collection[str], at: datetime) -> None:
        if row_ids:
            await tx.execute(update(_receipt).where(_receipt.c.id.in_(row_ids)).values(done_at=at))


def _text(value: str | None) -> str | None:
    return None if value is None else storable(value, 200)
