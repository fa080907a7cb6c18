"""Dossiers that a person said are not theirs (không phải hồ sơ của tôi): they hear nothing more of those."""

from collections.abc import Collection
from dataclasses import dataclass
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


class MuteTable(SQLModel, table=True):
    """`channel`: by which they said so; `by`: who of the staff, where it was not they themselves."""

    __tablename__ = "mute"

    person_id: str = Field(primary_key=True, foreign_key="person.id")
    dossier_id: str = Field(primary_key=True, index=True)
    at: datetime = Field(sa_type=UtcTime)
    channel: str
    by: str | None = None


_mute = table(MuteTable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """One person who hears nothing of one dossier."""

    person_id: str
    dossier_id: str
    at: datetime
    channel: str
    by: str | None


class Mutes:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def put(
        self, tx: Tx, person_id: str, dossier_id: str, *, at: datetime, channel: str, by: str | None = None
    ) -> None:
        """Said twice, the first time counts."""
        values = {"person_id": person_id, "dossier_id": dossier_id, "at": at, "channel": channel, "by": by}
        put = upsert(MuteTable).values(**values)
        await tx.execute(put.on_conflict_do_nothing(index_elements=["person_id", "dossier_id"]))

    async def lift(self, tx: Tx, dossier_id: str, person_id: str | None = None) -> int:
        """This person, or whoever was muted for this dossier, hears of it again; how many."""
        theirs = delete(_mute).where(_mute.c.dossier_id == dossier_id)
        if person_id is not None:
            theirs = theirs.where(_mute.c.person_id == person_id)
        return (await tx.execute(theirs)).rowcount

    async def among(self, tx: Tx, dossier_ids: Collection[str]) -> set[tuple[str, str]]:
        """(person, dossier) that are muted, of these dossiers. Served by the index on dossier_id."""
        rows = await run(tx, _muted, {"dossiers": packed_texts(dossier_ids)})
        return {(row.person_id, row.dossier_id) for row in rows}

    async def of_dossier(self, tx: Tx, dossier_id: str) -> list[Mute]:
        """Who said so, the first first."""
        query = select(_mute).where(_mute.c.dossier_id == dossier_id).order_by(_mute.c.at, _mute.c.person_id)
        return [Mute(**row._mapping) for row in await tx.execute(query)]


def _muted(dialect: Dialect) -> Select[Any]:
    return select(_mute.c.person_id, _mute.c.dossier_id).where(among(dialect, _mute.c.dossier_id, "dossiers"))
