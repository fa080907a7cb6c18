"""Switches that staff throw while the service runs: hold all sending (dừng gửi), and by what word and hand."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Field, SQLModel

from store.columns import UtcTime, table
from store.database import Tx
from store.ids import Ids
from store.personal import Seal


class SwitchTable(SQLModel, table=True):
    __tablename__ = "switch"

    name: str = Field(primary_key=True)
    on: bool
    at: datetime = Field(sa_type=UtcTime)
    by: str
    why: str = ""


_switch = table(SwitchTable)
_on = select(_switch).where(_switch.c.on.is_(True)).order_by(_switch.c.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One switch as it stands."""

    name: str
    on: bool
    at: datetime
    by: str
    why: str


class Switches:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def throw(self, tx: Tx, name: str, *, on: bool, at: datetime, by: str, why: str = "") -> None:
        values = {"on": on, "at": at, "by": by, "why": why[:200]}
        put = upsert(SwitchTable).values(name=name, **values)
        await tx.execute(put.on_conflict_do_update(index_elements=["name"], set_=values))

    async def read(self, tx: Tx, name: str) -> Switch | None:
        row = (await tx.execute(select(_switch).where(_switch.c.name == name))).one_or_none()
        return None if row is None else Switch(**row._mapping)

    async def thrown(self, tx: Tx, prefix: str) -> list[Switch]:
        """The switches that are on and whose names begin so."""
        return [Switch(**row._mapping) for row in await tx.execute(_on) if row.name.startswith(prefix)]
