"""The inbox: once by the provider's event id, and no row hides the others."""

from sqlalchemy import text

from store.inbox import TRIES
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
