"""A set of rows as one bound value: one statement, prepared once, for any number of rows, on both databases alike.

JSON carries the rows (json_each on SQLite, json_to_recordset on PostgreSQL): a list of placeholders would be another
statement for each length of the list, to be parsed and planned anew.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson
from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    FromClause,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

from store.database import Dialect, Tx

T = TypeVar("T")


def dialect_of(tx: Tx) -> Dialect:
    return "sqlite" if tx.dialect.name == "sqlite" else "postgresql"


def given(dialect: Dialect, name: str, columns: Mapping[str, TypeEngine[Any]]) -> FromClause:
    """The rows bound to `name` (made by `packed`), as a table of these columns."""
    if dialect == "postgresql":
        rows = func.json_to_recordset(cast(bindparam(name, type_=Text()), JSON))
        return rows.table_valued(*(column(key, kind) for key, kind in columns.items())).render_derived(
            name=f"{name}_rows", with_types=True
        )
    each = func.json_each(bindparam(name, type_=Text())).table_valued("value")
    values = [
        type_coerce(func.json_extract(each.c.value, f"$.{key}"), kind).label(key) for key, kind in columns.items()
    ]
    return select(*values).select_from(each).subquery(f"{name}_rows")


def among(dialect: Dialect, wanted: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Whether a text column is among those bound to `name` (made by `packed_texts`)."""
    if dialect == "postgresql":
        texts = func.json_array_elements_text(cast(bindparam(name, type_=Text()), JSON)).table_valued("value")
    else:
        texts = func.json_each(bindparam(name, type_=Text())).table_valued("value")
    return wanted.in_(select(texts.c.value))


def packed(dialect: Dialect, rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows of plain values and aware moments, for `given`."""
    if dialect == "postgresql":
        return orjson.dumps(list(rows)).decode()
    return orjson.dumps(list(rows), default=_sqlite_moment, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def packed_texts(texts: Collection[str]) -> str:
    return orjson.dumps(list(texts)).decode()


def padded(values: Sequence[T]) -> list[T]:
    """For a list of placeholders after all (bytes do not go into JSON): few lengths, so few statements to prepare."""
    length = 1 << max(0, len(values) - 1).bit_length()
    return [*values, *[values[-1]] * (length - len(values))] if values else []


def places(count: int, of: ColumnElement[Any]) -> list[BindParameter[Any]]:
    """So many parameters for values of this column, which `numbered` fills."""
    return [bindparam(f"value_{at}", type_=of.type) for at in range(count)]


def numbered(values: Iterable[Any]) -> dict[str, Any]:
    return {f"value_{at}": value for at, value in enumerate(values)}


def _sqlite_moment(value: Any) -> str:
    """As SQLAlchemy writes a moment into SQLite, so that both sort and compare alike."""
    if not isinstance(value, datetime):
        raise TypeError(type(value).__name__)
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
