"""Many new rows of one table in one statement, past SQLAlchemy, whose work on each value costs more than the writing.

PostgreSQL takes an array a column; SQLite's driver runs over plain rows.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from store.columns import UtcTime, spelled
from store.database import Tx
from store.prepared import driver
from store.sets import dialect_of


class Inserts:
    """Rows of these columns. One that meets its like is an error unless `conflict` (ON CONFLICT …) says otherwise.

    A row is a tuple of plain values and aware moments in the order of `columns`; JSON is text already.
    """

    def __init__(self, target: Table, columns: Collection[str], conflict: str = "") -> None:
        kinds = [target.c[name].type for name in columns]
        arrays = [f"${at}::{kind.compile(_POSTGRESQL)}[]" for at, kind in enumerate(kinds, 1)]
        into = f"INSERT INTO {target.name} ({', '.join(columns)})"
        self._sqlite = f"{into} VALUES ({', '.join('?' * len(kinds))}) {conflict}"
        self._postgresql = f"{into} SELECT * FROM unnest({', '.join(arrays)}) {conflict}"  # noqa: S608  (our own names)
        self._moments = [at for at, kind in enumerate(kinds) if isinstance(kind, UtcTime)]

    async def write(self, tx: Tx, rows: Sequence[tuple[Any, ...]]) -> int:
        """How many were written; in the order in which they come."""
        if not rows:
            return 0
        columns = list(zip(*rows, strict=True))
        connection = await driver(tx)
        if dialect_of(tx) == "postgresql":
            status: str = await connection.execute(self._postgresql, *columns)  # "INSERT 0 12"
            return int(status.rpartition(" ")[2])
        for at in self._moments:
            columns[at] = tuple(map(spelled, columns[at]))
        written: int = await connection.executemany(self._sqlite, list(zip(*columns, strict=True)))
        return written


_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]
