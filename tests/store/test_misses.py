"""What was not understood: one row a wording, counted, sealed, and forgotten in time."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from store.misses import Misses
from store.nouns import Store


@pytest.fixture
def misses(store: Store) -> Misses:
    return store.misses


async def put(store: Store, misses: Misses, at, *texts: str) -> None:
    for said in texts:
        async with store.database.transaction() as tx:
            await misses.put(tx, "unknown", said, said.lower(), at)


async def test_the_same_words_are_one_row_and_counted(store: Store, misses: Misses, clock) -> None:
    await put(store, misses, clock(), "Xin phép thả đèn trời", "xin phép thả đèn trời", "bay flycam")

    async with store.database.reading() as tx:
        most = await misses.most(tx)

    assert [(miss.text, miss.count) for miss in most] == [("Xin phép thả đèn trời", 2), ("bay flycam", 1)]


async def test_the_words_are_nowhere_in_the_clear(store: Store, misses: Misses, clock) -> None:
    await put(store, misses, clock(), "số của tôi là 0912345678")

    async with store.database.reading() as tx:
        (row,) = (await tx.execute(text("SELECT * FROM miss"))).all()

    assert "0912345678" not in str(row)
    assert b"0912345678" not in bytes(row.sealed)


async def test_what_nobody_writes_any_more_is_forgotten(store: Store, misses: Misses, clock) -> None:
    await put(store, misses, clock(), "cũ")
    clock.advance(days=100)
    await put(store, misses, clock(), "mới", "x\0y")

    async with store.database.transaction() as tx:
        gone = await misses.forget(tx, clock() - timedelta(days=90))
        left = await misses.total(tx, clock() - timedelta(days=1))

    assert (gone, left) == (1, 2)
