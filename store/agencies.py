"""The directory of agencies (danh bạ cơ quan): short names, phones and hours that the texts need. Nothing personal."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Field, SQLModel

from store.columns import table
from store.database import Dialect, Tx
from store.ids import Ids
from store.personal import Seal
from store.prepared import run
from store.sets import among, packed_texts


class AgencyTable(SQLModel, table=True):
    __tablename__ = "agency"

    code: str = Field(primary_key=True)
    name: str
    short_name: str | None = None
    hotline: str | None = None
    office_hours: str | None = None
    pickup_place: str | None = None
    successor: str | None = None


_agency = table(AgencyTable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """One agency: `short_name` fits an SMS (at most 20 letters), `successor` is the code of the one that took over."""

    code: str
    name: str
    short_name: str | None = None
    hotline: str | None = None
    office_hours: str | None = None
    pickup_place: str | None = None
    successor: str | None = None


class Agencies:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def put(self, tx: Tx, agencies: Iterable[Agency]) -> int:
        """Writes these agencies, new or known; those not named stay. How many were written."""
        rows = [asdict(agency) for agency in agencies]
        if rows:
            insert = upsert(AgencyTable)
            changes = {column.name: column for column in insert.excluded if column.name != "code"}
            await tx.execute(insert.on_conflict_do_update(index_elements=["code"], set_=changes), rows)
        return len(rows)

    async def named(self, tx: Tx, codes: Collection[str]) -> dict[str, Agency]:
        """The agencies of these codes; a code that the directory lacks is not there."""
        rows = await run(tx, _named, {"codes": packed_texts(codes)})
        return {row.code: Agency(**row._asdict()) for row in rows}

    async def all(self, tx: Tx) -> list[Agency]:
        return [Agency(**row._asdict()) for row in await tx.execute(select(_agency).order_by(_agency.c.code))]


def _named(dialect: Dialect) -> Select[Any]:
    return select(_agency).where(among(dialect, _agency.c.code, "codes"))
