"""The kinds of column that more than one noun needs, and the one registry of tables."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import DateTime, LargeBinary, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = SQLModel.metadata


class UtcTime(TypeDecorator[datetime]):
    """An aware moment, UTC in the store: `timestamptz` on PostgreSQL, on SQLite, which has no such type, its text."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return spelled if dialect.name == "sqlite" else _aware

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        return _moment_of if dialect.name == "sqlite" else _in_utc


def _aware(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment


@lru_cache(maxsize=256)
def spelled(moment: datetime | None) -> str | None:
    """As SQLAlchemy writes one, so that all sort and compare alike. Kept, for one moment stands in many rows."""
    aware = _aware(moment)
    return None if aware is None else aware.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _moment_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _in_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """Plain data as JSON text; nothing personal goes in here."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else orjson.loads(value)


Sealed = LargeBinary
"""Personal data, sealed by `personal.Seal`: version, key id, nonce, text."""


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model: hot paths never see an ORM object."""
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found
