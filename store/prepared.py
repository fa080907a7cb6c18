"""Core statements that run for every message and every question: compiled once, then run on the driver itself.

SQLAlchemy takes 60 to 150 microseconds to execute a statement, besides the database's time; SQLite needs fewer for most
of ours. Here the same text, bound and read by the same types in the same transaction, goes to the driver directly.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sqlalchemy
from sqlalchemy import Delete, Insert, Select, Update

from store.database import Dialect, Tx
from store.sets import dialect_of

Statement = Select[Any] | Insert | Update | Delete
Maker = Callable[[Dialect], Statement]
"""Makes a statement for a database; it is asked once, so the statement may not depend on anything else."""


async def run(tx: Tx, maker: Maker, bound: Mapping[str, Any] | None = None) -> list[Any]:
    """The rows as named tuples, if it gives any. `bound` has a value for each parameter that the statement leaves open.

    Errors are the driver's own. A list as a parameter (`in_`) is not for here: `store.sets` carries it.
    """
    known = _prepared(tx, maker)
    values = known.values(bound or {})
    connection = await _connection(tx)
    if dialect_of(tx) == "sqlite":
        return known.rows(await connection.execute_fetchall(known.text, values))
    if connection.is_in_transaction():
        return known.rows(await connection.fetch(known.text, *values))
    first = await tx.exec_driver_sql(known.text, tuple(values))  # by which SQLAlchemy begins on PostgreSQL
    return known.rows(first.all() if first.returns_rows else ())


async def each(tx: Tx, maker: Maker, rows: Iterable[Mapping[str, Any]]) -> None:
    """The statement for each of these rows, sent together. It gives nothing back."""
    known = _prepared(tx, maker)
    values = [known.values(row) for row in rows]
    if not values:
        return
    connection = await driver(tx)
    await connection.executemany(known.text, values)


def _prepared(tx: Tx, maker: Maker) -> "Prepared":
    dialect = dialect_of(tx)
    known = _KNOWN.get((maker, dialect))
    if known is None:
        known = _KNOWN[maker, dialect] = Prepared(maker(dialect), tx.dialect)
    return known


async def driver(tx: Tx) -> Any:
    """The driver's own connection, its transaction begun."""
    connection = await _connection(tx)
    if dialect_of(tx) == "postgresql" and not connection.is_in_transaction():
        await tx.exec_driver_sql("SELECT 1")  # SQLAlchemy begins with the first statement that goes through it
    return connection


async def _connection(tx: Tx) -> Any:
    if not tx.in_transaction():
        await tx.begin()
    return tx.sync_connection.connection.driver_connection  # type: ignore[union-attr]


class Prepared:
    """A statement's text for one database, and how its values go in and how they come out."""

    def __init__(self, statement: Statement, dialect: sqlalchemy.Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self.text: str = compiled.string
        self._order: list[str] = compiled.positiontup
        self._into = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
        }
        self._own = {name: self._bound(name, bind.value) for name, bind in compiled.binds.items() if not bind.required}
        gives = statement.selected_columns if isinstance(statement, Select) else statement.exported_columns
        row: Any = namedtuple("Row", [str(name) for name in gives.keys()])  # type: ignore[misc]  # noqa: SIM118
        self._row: Callable[[Iterable[Any]], Any] = row._make
        processes = (column.type.dialect_impl(dialect).result_processor(dialect, None) for column in gives)
        self._out = [(at, process) for at, process in enumerate(processes) if process is not None]

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """In the order of the text. Raises KeyError where one is missing."""
        into, own = self._into, self._own
        return [
            own[name] if name in own else given[name] if (to := into[name]) is None else to(given[name])
            for name in self._order
        ]

    def rows(self, found: Iterable[Any]) -> list[Any]:
        if not self._out:
            return [self._row(row) for row in found]
        rows = []
        for row in found:
            values = list(row)
            for at, process in self._out:
                values[at] = process(values[at])
            rows.append(self._row(values))
        return rows

    def _bound(self, name: str, value: Any) -> Any:
        into = self._into[name]
        return value if into is None else into(value)


_KNOWN: dict[tuple[Maker, Dialect], Prepared] = {}
