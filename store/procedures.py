"""The province's own catalogue of procedures, where it has imported one; the shipped catalogue is not in here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlmodel import Field, SQLModel

from store.columns import Json, UtcTime, table
from store.database import Tx
from store.ids import Ids
from store.personal import Seal


class ProcedureTable(SQLModel, table=True):
    __tablename__ = "procedure"

    code: str = Field(primary_key=True)
    body: Any = Field(sa_type=Json)
    imported_at: datetime = Field(sa_type=UtcTime)


_procedure = table(ProcedureTable)
_BATCH = 500


class Procedures:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def replace(self, tx: Tx, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
        """The whole catalogue anew; every row has a `code`."""
        await tx.execute(delete(_procedure))
        values = [{"code": row["code"], "body": dict(row), "imported_at": at} for row in rows]
        for start in range(0, len(values), _BATCH):
            await tx.execute(insert(_procedure), values[start : start + _BATCH])

    async def all(self, tx: Tx) -> list[dict[str, Any]]:
        return list((await tx.execute(select(_procedure.c.body).order_by(_procedure.c.code))).scalars())

    async def imported_at(self, tx: Tx) -> datetime | None:
        """When the catalogue was imported; None while the shipped one is in force."""
        moment: datetime | None = (await tx.execute(select(func.max(_procedure.c.imported_at)))).scalar_one()
        return moment
