"""Rows that are written past SQLAlchemy are those that it would have written."""

import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import asyncpg
import pytest
from sqlalchemy import select

from store.columns import table
from store.inserts import Inserts
from store.keys import KeyTable

AT = datetime(2026, 6, 25, 17, 30, 0, 5, tzinfo=UTC)
COLUMNS = ("id", "name", "prefix", "hash", "scopes", "created_at", "last_used_at")
KEYS = table(KeyTable)


def row(id_: str, **changes: object) -> tuple[object, ...]:
    values = {"id": id_, "name": "đ'\"\\", "prefix": "mc_", "hash": id_.encode(), "scopes": '["a"]', "created_at": AT}
    return tuple((values | {"last_used_at": None} | changes).values())


async def test_rows_come_back_as_they_were_written(database) -> None:
    here = AT.astimezone(timezone(timedelta(hours=7)))
    async with database.transaction() as tx:
        written = await Inserts(KEYS, COLUMNS).write(tx, [row("a", created_at=here), row("b", last_used_at=AT)])

        found = (await tx.execute(select(*(KEYS.c[name] for name in COLUMNS)).order_by(KEYS.c.id))).all()
        by_time = (await tx.execute(select(KEYS.c.id).where(KEYS.c.created_at == AT))).scalars().all()
        await tx.rollback()

    assert written == 2
    assert [(bytes(one.hash), one.scopes, one.created_at, one.last_used_at) for one in found] == [
        (b"a", ["a"], AT, None),
        (b"b", ["a"], AT, AT),
    ]
    assert found[0].name == "đ'\"\\"
    assert sorted(by_time) == ["a", "b"]


async def test_a_row_that_stands_already_is_an_error_or_left_out_as_is_said(database) -> None:
    unless_there = Inserts(KEYS, COLUMNS, "ON CONFLICT (hash) DO NOTHING")
    async with database.transaction() as tx:
        await unless_there.write(tx, [row("a"), row("b")])

        written = await unless_there.write(tx, [row("c", hash=b"a"), row("d"), row("e", hash=b"d")])

        found = (await tx.execute(select(KEYS.c.id).order_by(KEYS.c.id))).scalars().all()
        with pytest.raises((sqlite3.IntegrityError, asyncpg.UniqueViolationError)):
            await Inserts(KEYS, COLUMNS).write(tx, [row("b")])
        await tx.rollback()
    assert (written, found) == (1, ["a", "b", "d"])


async def test_no_rows_are_no_statement(database) -> None:
    async with database.reading() as tx:
        assert await Inserts(KEYS, COLUMNS).write(tx, []) == 0
