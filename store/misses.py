"""What citizens wrote and the assistant did not understand: kept sealed and counted, for staff to teach it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Field, SQLModel

from store.columns import Sealed, UtcTime, table
from store.database import Tx, storable
from store.ids import Ids
from store.personal import Seal, Unreadable


class MissTable(SQLModel, table=True):
    __tablename__ = "miss"
    __table_args__ = (
        Index("uq_miss_kind_text", "kind", "text_hash", unique=True),
        Index("ix_miss_count", "count", "last_at"),
        Index("ix_miss_last_at", "last_at"),
    )

    id: str = Field(primary_key=True)
    kind: str
    text_hash: bytes  # keyed hash of the folded words
    sealed: bytes = Field(sa_type=Sealed)
    count: int = 1
    first_at: datetime = Field(sa_type=UtcTime)
    last_at: datetime = Field(sa_type=UtcTime)


_miss = table(MissTable)
LONGEST = 300
"""Characters of a message that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A message not understood: `kind` is "unknown" (no answer) or "wrong" (the answer was another's)."""

    id: str
    kind: str
    text: str
    count: int
    first_at: datetime
    last_at: datetime


class Misses:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def put(self, tx: Tx, kind: str, text: str, same: str, at: datetime) -> None:
        """Counts a message; `same` are its words as they are compared. The first wording is the one kept."""
        row_id = self._ids()
        row = {
            "id": row_id,
            "kind": kind,
            "text_hash": self._seal.hash("miss", same),
            "sealed": self._seal.seal("miss.sealed", row_id, storable(text, LONGEST)),
            "count": 1,
            "first_at": at,
            "last_at": at,
        }
        counted = upsert(MissTable).values(row)
        again = {"count": _miss.c.count + 1, "last_at": counted.excluded.last_at}
        await tx.execute(counted.on_conflict_do_update(index_elements=["kind", "text_hash"], set_=again))

    async def most(self, tx: Tx, limit: int = 50) -> Sequence[Miss]:
        """The most frequent, the latest first among equals; a row that does not open is left out. By ix_miss_count."""
        rows = await tx.execute(select(_miss).order_by(_miss.c.count.desc(), _miss.c.last_at.desc()).limit(limit))
        return [miss for row in rows if (miss := self._opened(row)) is not None]

    async def total(self, tx: Tx, since: datetime) -> int:
        """How many different messages of late were not understood. By ix_miss_last_at."""
        counting = select(func.count()).select_from(_miss).where(_miss.c.last_at >= since)
        return int((await tx.execute(counting)).scalar_one())

    async def forget(self, tx: Tx, before: datetime) -> int:
        """Erases what nobody has written since. By ix_miss_last_at."""
        gone = await tx.execute(delete(_miss).where(_miss.c.last_at < before).returning(_miss.c.id))
        return len(gone.all())

    def _opened(self, row: Any) -> Miss | None:
        try:
            text = self._seal.open("miss.sealed", row.id, row.sealed)
        except Unreadable:
            return None
        count = row._mapping["count"]  # a row's own `count` is a method
        return Miss(id=row.id, kind=row.kind, text=text, count=count, first_at=row.first_at, last_at=row.last_at)
