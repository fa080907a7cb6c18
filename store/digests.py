"""Who wishes to hear once a day of all that moved (bản tin trong ngày), or of each thing at once."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Field, SQLModel

from store.columns import UtcTime, table
from store.database import Dialect, Tx
from store.ids import Ids
from store.personal import Seal
from store.prepared import run
from store.sets import among, packed_texts


class DigestWishTable(SQLModel, table=True):
    """A wish stands until it is taken back; who has none follows the configuration."""

    __tablename__ = "digest_wish"

    person_id: str = Field(primary_key=True, foreign_key="person.id")
    daily: bool
    at: datetime = Field(sa_type=UtcTime)
    by: str


_wish = table(DigestWishTable)


class Digests:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def wish(self, tx: Tx, person_id: str, daily: bool | None, *, at: datetime, by: str) -> None:
        """Once a day, each at once, or (None) as the configuration has it."""
        if daily is None:
            await tx.execute(delete(_wish).where(_wish.c.person_id == person_id))
            return
        values = {"daily": daily, "at": at, "by": by[:200]}
        put = upsert(DigestWishTable).values(person_id=person_id, **values)
        await tx.execute(put.on_conflict_do_update(index_elements=["person_id"], set_=values))

    async def wishes(self, tx: Tx, person_ids: Collection[str]) -> dict[str, bool]:
        """Person → whether once a day, for those who have said. By primary key."""
        rows = await run(tx, _wishes, {"people": packed_texts(person_ids)})
        return {row.person_id: row.daily for row in rows}


def _wishes(dialect: Dialect) -> Select[Any]:
    return select(_wish.c.person_id, _wish.c.daily).where(among(dialect, _wish.c.person_id, "people"))
