"""The inbox: once by the provider's event id, and no row hides the others."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from store.inbox import HOLDS, TRIES
from store.nouns import Store


async def put(store: Store, clock, *event_ids: str) -> int:
    async with store.database.transaction() as tx:
        return await store.inbox.put(tx, "zalo", [(each, {"text": each}) for each in event_ids], clock())


async def claimed(store: Store, limit: int = 10) -> list[str]:
    async with store.database.transaction() as tx:
        return [row.item["text"] for row in await store.inbox.claim(tx, limit)]


async def test_the_same_webhook_told_again_adds_nothing(store: Store, clock) -> None:
    first = await put(store, clock, "a", "b")

    again = await put(store, clock, "b", "a", "c", "c")

    assert (first, again) == (2, 1)
    assert await claimed(store) == ["a", "b", "c"]


async def test_rows_that_do_not_open_or_failed_too_often_hide_nothing(store: Store, clock) -> None:
    await put(store, clock, *"abcdefgh")
    async with store.database.transaction() as tx:
        rows = await store.inbox.claim(tx, 8)
        for row in rows[:3]:
            await tx.execute(
                text("UPDATE inbox SET sealed = :junk WHERE id = :id"), {"junk": b"\x01\x09", "id": row.id}
            )
        for _ in range(TRIES):
            await store.inbox.failed(tx, rows[3].id, "why\0")

    assert await claimed(store, limit=2) == ["e", "f"]


async def test_thousands_of_items_are_stored_in_one_call(store: Store, clock) -> None:
    assert await put(store, clock, *[f"e{n}" for n in range(9_000)]) == 9_000


async def test_what_is_done_does_not_come_back(store: Store, clock) -> None:
    await put(store, clock, "a", "b")
    async with store.database.transaction() as tx:
        (first,) = await store.inbox.claim(tx, 1)
        await store.inbox.done(tx, first.id, clock())

    assert await claimed(store) == ["b"]


async def says(store: Store, clock, sender: str, *words: str) -> None:
    """Somebody writes, word by word."""
    for word in words:
        item = {"text": word, "sender": ["zalo", sender]}
        async with store.database.transaction() as tx:
            await store.inbox.put(tx, "zalo", [(f"{sender}-{word}", item)], clock())


def texts(rows) -> list[str]:
    return [row.item["text"] for row in rows]


async def test_nobody_else_gets_a_sender_that_is_being_worked_for(store: Store, clock) -> None:
    if store.database.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    await says(store, clock, "an", "an 1", "an 2", "an 3")
    await says(store, clock, "binh", "binh 1", "binh 2")

    async with store.database.transaction() as mine:
        assert texts(await store.inbox.claim(mine, 1)) == ["an 1"]
        async with store.database.transaction() as theirs:
            taken = await store.inbox.take(theirs, 10)

        assert texts(taken.rows) == ["binh 1", "binh 2"]
        assert taken.more, "An's wait for their turn"


async def test_a_message_that_becomes_visible_late_waits_while_a_later_one_is_worked_on(store: Store, clock) -> None:
    if store.database.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    early = store.inbox.row("zalo", "early", {"text": "early", "sender": ["zalo", "an"]}, clock())
    clock.advance(seconds=1)
    await says(store, clock, "an", "late")

    async with store.database.transaction() as mine:
        assert texts(await store.inbox.claim(mine, 10)) == ["late"]
        async with store.database.transaction() as tx:
            await store.inbox.add(tx, [early])
        async with store.database.transaction() as theirs:
            assert await store.inbox.claim(theirs, 10) == []

    assert await claimed(store) == ["early", "late"]


async def test_messages_of_nobody_hold_up_nobody(store: Store, clock) -> None:
    await put(store, clock, "a", "b")

    async with store.database.transaction() as mine:
        rows = await store.inbox.claim(mine, 1)
        if store.database.dialect == "postgresql":
            async with store.database.transaction() as theirs:
                rows += await store.inbox.claim(theirs, 1)
        else:
            rows += (await store.inbox.claim(mine, 2))[1:]

    assert texts(rows) == ["a", "b"]


async def test_what_comes_after_a_message_that_failed_waits_for_it_and_not_for_ever(store: Store, clock) -> None:
    await says(store, clock, "an", "an 1", "an 2")
    await says(store, clock, "binh", "binh 1")

    async def free() -> list[str]:
        async with store.database.transaction() as tx:
            return texts(await store.inbox.claim(tx, 10, clock()))

    async def fails(row_id: str) -> None:
        async with store.database.transaction() as tx:
            await store.inbox.failed(tx, row_id, "why", clock() + timedelta(seconds=2))

    async with store.database.transaction() as tx:
        first, second, _ = await store.inbox.claim(tx, 10, clock())
    await fails(first.id)
    assert await free() == ["binh 1"]
    async with store.database.transaction() as tx:
        assert await store.inbox.again(tx, first.id, clock()) is None
        assert await store.inbox.again(tx, second.id, clock()) is None
    clock.advance(seconds=3)
    assert await free() == ["an 1", "an 2", "binh 1"]

    for _ in range(HOLDS - 1):
        await fails(first.id)
    assert await free() == ["an 2", "binh 1"], "it has failed too often to hold up the others"
    async with store.database.transaction() as tx:
        assert await store.inbox.again(tx, second.id, clock()) == second


async def test_the_same_sender_is_the_same_whatever_they_write(store: Store, clock) -> None:
    await says(store, clock, "an", "1", "2")
    await says(store, clock, "binh", "3")

    async with store.database.transaction() as tx:
        one, two, three = await store.inbox.claim(tx, 3)

    assert one.sender == two.sender
    assert three.sender not in (one.sender, None)
