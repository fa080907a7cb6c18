"""A set of texts or hashes as one bound value: one statement, prepared once, for any number, on both databases alike.

JSON or an array carries them: a list of placeholders would be another statement for each length of the list, to be
parsed and planned anew.
"""

from collections.abc import Collection, Iterable

import orjson
from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    LargeBinary,
    Text,
    any_,
    bindparam,
    cast,
    func,
    literal,
    select,
)

from store.database import Dialect, Tx
from store.personal import HASH_BYTES


def dialect_of(tx: Tx) -> Dialect:
    return "sqlite" if tx.dialect.name == "sqlite" else "postgresql"


def among(dialect: Dialect, wanted: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Whether a text column is among those bound to `name` (made by `packed_texts`)."""
    if dialect == "postgresql":
        texts = func.json_array_elements_text(cast(bindparam(name, type_=Text()), JSON)).table_valued("value")
    else:
        texts = func.json_each(bindparam(name, type_=Text())).table_valued("value")
    return wanted.in_(select(texts.c.value))


def among_listed(dialect: Dialect, wanted: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """As `among`, for texts made by `listed`: PostgreSQL knows how many they are, where a wrong guess would be dear."""
    if dialect == "postgresql":
        return wanted == any_(bindparam(name, type_=ARRAY(Text())))
    return among(dialect, wanted, name)


def among_hashes(dialect: Dialect, wanted: ColumnElement[bytes], name: str) -> ColumnElement[bool]:
    """Whether a keyed hash is among those bound to `name` (made by `packed_hashes`)."""
    if dialect == "postgresql":
        return wanted == any_(bindparam(name, type_=ARRAY(LargeBinary())))
    joined = bindparam(name, type_=LargeBinary())
    begin = select(literal(1).label("at")).cte(f"{name}_begin", recursive=True)
    begin = begin.union_all(select(begin.c.at + HASH_BYTES).where(begin.c.at + HASH_BYTES < func.length(joined)))
    return wanted.in_(select(func.substr(joined, begin.c.at, HASH_BYTES)))


def packed_texts(texts: Collection[str]) -> str:
    return orjson.dumps(list(texts)).decode()


def listed(dialect: Dialect, texts: Collection[str]) -> list[str] | str:
    """For `among_listed`."""
    return list(texts) if dialect == "postgresql" else packed_texts(texts)


def packed_hashes(dialect: Dialect, hashes: Iterable[bytes]) -> list[bytes] | bytes:
    """PostgreSQL has arrays; for SQLite, whose JSON holds no bytes, they stand one behind the other."""
    return list(hashes) if dialect == "postgresql" else b"".join(hashes)
