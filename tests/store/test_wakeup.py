"""A wake-up is a hint between processes: it comes soon, and its loss or the database's is survived."""

import asyncio

import pytest

from store.database import Database
from store.ids import ids
from store.nouns import Store
from store.personal import Seal
from store.wakeup import CROWD


@pytest.fixture
async def neighbour(database: Database, clock):
    """Another process on the same database."""
    other = Database(
        database.url.render_as_string(hide_password=False).replace("+asyncpg", "").replace("+aiosqlite", "")
    )
    await other.open()
    yield Store(other, Seal("a secret key that is long enough for tests"), ids(clock), clock)
    await other.close()


@pytest.fixture
async def woken(database: Database, clock):
    """A store that follows the database, and would wait a minute without a hint."""
    store = Store(database, Seal("a secret key that is long enough for tests"), ids(clock), clock, poll=60)
    await store.wakeup.open()
    yield store
    await store.wakeup.close()


async def says(store: Store, clock, number: int) -> None:
    async with store.database.transaction() as tx:
        await store.inbox.put(tx, "zalo", [(f"e{number}", {})], clock())
    await store.wakeup.wake("inbox")


async def test_a_neighbours_commit_is_noticed(woken: Store, neighbour: Store, clock) -> None:
    waiting = asyncio.create_task(woken.wakeup.wait("inbox"))

    for number in range(40):  # the first may come before we listen
        await says(neighbour, clock, number)
        done, _ = await asyncio.wait({waiting}, timeout=0.25)
        if done:
            break

    assert waiting.done()


async def test_our_own_word_is_heard_at_once(woken: Store, clock) -> None:
    await says(woken, clock, 1)

    await asyncio.wait_for(woken.wakeup.wait("inbox"), 1)


async def test_following_takes_no_lock_and_holds_no_snapshot(woken: Store, neighbour: Store, clock) -> None:
    if woken.database.dialect == "postgresql":
        pytest.skip("PostgreSQL listens")
    await asyncio.wait_for(woken.wakeup.wait("inbox", 0.6), 2)

    async with neighbour.database.transaction() as tx:
        await neighbour.inbox.put(tx, "zalo", [("x", {})], clock())
        await asyncio.wait_for(woken.wakeup.wait("outbox", 0.6), 2)
    async with neighbour.database.reading() as tx:
        raw = (await tx.get_raw_connection()).driver_connection
        async with raw.execute("PRAGMA wal_checkpoint(TRUNCATE)") as cursor:
            busy, _, _ = await cursor.fetchone()

    assert busy == 0


async def test_a_hint_reaches_the_neighbours_too_and_nobody_waits_for_it(woken: Store, neighbour: Store, clock) -> None:
    waiting = asyncio.create_task(woken.wakeup.wait("receipts"))
    await neighbour.wakeup.open()

    for number in range(40):  # the first may come before we listen
        async with neighbour.database.transaction() as tx:
            await neighbour.inbox.put(tx, "zalo", [(f"e{number}", {})], clock())
        neighbour.wakeup.hint("inbox", "receipts")
        neighbour.wakeup.hint("receipts")
        done, _ = await asyncio.wait({waiting}, timeout=0.25)
        if done:
            break

    assert waiting.done()
    await asyncio.wait_for(neighbour.wakeup.wait("inbox"), 1)
    await neighbour.wakeup.close()


async def test_our_own_word_to_the_others_does_not_wake_us_again(woken: Store, neighbour: Store) -> None:
    if woken.database.dialect == "sqlite":
        pytest.skip("one process")
    for _ in range(40):  # the first may come before we listen
        await neighbour.wakeup.wake("outbox")
        waiting = asyncio.create_task(woken.wakeup.wait("outbox"))
        done, _ = await asyncio.wait({waiting}, timeout=0.25)
        if done:
            break
    await woken.wakeup.wait("inbox", 0)  # somebody here answers questions
    async with woken.database.transaction() as tx:
        await woken.wakeup.announce(tx, "inbox")
    await neighbour.wakeup.wake("receipts")

    await asyncio.wait_for(woken.wakeup.wait("receipts"), 10)

    assert woken.wakeup.answering() == 0


async def test_many_calls_stored_together_are_a_burst_and_one_is_none(woken: Store) -> None:
    woken.wakeup.storing(1)
    calm = woken.wakeup.crowded()
    woken.wakeup.storing(CROWD)

    assert calm == 0
    assert woken.wakeup.crowded() > 0


async def test_a_burst_elsewhere_is_heard_of_too(woken: Store, neighbour: Store) -> None:
    if woken.database.dialect == "sqlite":
        pytest.skip("one process")

    for _ in range(40):  # the first may come before we listen
        waiting = asyncio.create_task(woken.wakeup.wait("inbox"))
        neighbour.wakeup.storing(CROWD)
        async with neighbour.database.transaction() as tx:
            await neighbour.wakeup.announce(tx, "inbox")
        done, _ = await asyncio.wait({waiting}, timeout=0.25)
        if done:
            break

    assert woken.wakeup.crowded() > 0
