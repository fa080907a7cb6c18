"""Where each source of dossiers was last read up to, and what came of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Field, SQLModel

from store.columns import UtcTime, table
from store.database import Tx


class CursorTable(SQLModel, table=True):
    __tablename__ = "source_cursor"

    source: str = Field(primary_key=True)
    cursor: str
    read_at: datetime = Field(sa_type=UtcTime)
    taken: int = 0  # rows of the last reading
    refused: int = 0


_cursor = table(CursorTable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The last reading of a source; `cursor` is the source's own word for "up to here"."""

    source: str
    cursor: str
    read_at: datetime
    taken: int
    refused: int


class Sources:
    async def last(self, tx: Tx, source: str) -> Read | None:
        """None before the first reading was done."""
        row = (await tx.execute(select(_cursor).where(_cursor.c.source == source))).one_or_none()
        return None if row is None else Read(**row._asdict())

    async def all(self, tx: Tx) -> list[Read]:
        return [Read(**row._asdict()) for row in await tx.execute(select(_cursor).order_by(_cursor.c.source))]

    async def read(self, tx: Tx, read: Read) -> None:
        row = {"source": read.source, "cursor": read.cursor, "read_at": read.read_at}
        row |= {"taken": read.taken, "refused": read.refused}
        change = {name: value for name, value in row.items() if name != "source"}
        await tx.execute(upsert(CursorTable).values(row).on_conflict_do_update(index_elements=["source"], set_=change))
