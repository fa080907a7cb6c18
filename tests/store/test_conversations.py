"""Talks and the codes that prove a phone, on both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from store.conversations import Talk
from store.nouns import Store

FIVE = timedelta(minutes=5)
PHONE = "84912345678"


async def begin(store: Store, clock: Any, value: str = "1000") -> Talk:
    async with store.database.transaction() as tx:
        return await store.conversations.begin(tx, "zalo", value, clock())


async def test_a_talk_begins_once_and_is_kept(store: Store, clock: Any) -> None:
    talk = await begin(store, clock)
    kept = replace(talk, under_way={"step": "survey", "data": {"phone": PHONE}, "until": clock()}, greeted_at=clock())
    async with store.database.transaction() as tx:
        await store.conversations.save(tx, kept, clock())

    again = await begin(store, clock)

    assert again == kept
    assert (await begin(store, clock, "2000")).id != talk.id


async def test_what_is_under_way_is_sealed(store: Store, clock: Any) -> None:
    talk = replace(await begin(store, clock), under_way={"phone": PHONE})
    async with store.database.transaction() as tx:
        await store.conversations.save(tx, talk, clock())
        raw = await tx.exec_driver_sql("SELECT sealed FROM conversation")

        assert PHONE.encode() not in bytes(raw.scalar_one())


async def test_two_messages_of_one_address_are_worked_on_one_after_the_other(store: Store, clock: Any) -> None:
    await begin(store, clock)

    async def add() -> None:
        async with store.database.transaction() as tx:
            talk = await store.conversations.begin(tx, "zalo", "1000", clock())
            count = (talk.under_way or {"count": 0})["count"]
            await asyncio.sleep(0)
            await store.conversations.save(tx, replace(talk, under_way={"count": count + 1}), clock())

    await asyncio.gather(*(add() for _ in range(8)))

    assert (await begin(store, clock)).under_way == {"count": 8}


async def test_those_who_wait_for_a_person_are_counted(store: Store, clock: Any) -> None:
    talk = replace(await begin(store, clock), wants_person_at=clock())
    await begin(store, clock, "2000")
    async with store.database.transaction() as tx:
        await store.conversations.save(tx, talk, clock())

        assert await store.conversations.wanting_a_person(tx) == 1


@pytest.fixture
def codes(store: Store, clock: Any) -> Any:
    async def put(talk: Talk, phone: str = PHONE, code: str = "123456") -> str:
        async with store.database.transaction() as tx:
            return await store.conversations.put_code(tx, talk.id, phone, code, at=clock(), expires_at=clock() + FIVE)

    return put


async def attempt(store: Store, clock: Any, verification: str, code: str) -> bool | None:
    async with store.database.transaction() as tx:
        return await store.conversations.try_code(tx, verification, code, at=clock(), tries=3)


async def test_the_right_code_is_right_once(store: Store, clock: Any, codes: Any) -> None:
    verification = await codes(await begin(store, clock))

    assert await attempt(store, clock, verification, "654321") is False
    assert await attempt(store, clock, verification, "123456") is True
    assert await attempt(store, clock, verification, "123456") is None


async def test_three_wrong_tries_end_a_code(store: Store, clock: Any, codes: Any) -> None:
    verification = await codes(await begin(store, clock))

    tries = [await attempt(store, clock, verification, wrong) for wrong in ("1", "2", "3")]

    assert tries == [False, False, None]
    assert await attempt(store, clock, verification, "123456") is None


async def test_tries_at_once_are_not_more_than_three(store: Store, clock: Any, codes: Any) -> None:
    verification = await codes(await begin(store, clock))

    tries = await asyncio.gather(*(attempt(store, clock, verification, str(wrong)) for wrong in range(6)))

    assert tries.count(False) == 2


async def test_a_code_ends_after_its_time_and_with_a_newer_one(store: Store, clock: Any, codes: Any) -> None:
    talk = await begin(store, clock)
    first = await codes(talk)
    clock.advance(minutes=1)
    second = await codes(talk, code="222222")

    assert await attempt(store, clock, first, "123456") is None
    clock.advance(minutes=5)
    assert await attempt(store, clock, second, "222222") is None


async def test_sendings_are_counted_by_phone_and_by_talk(store: Store, clock: Any, codes: Any) -> None:
    here, there = await begin(store, clock), await begin(store, clock, "2000")
    await codes(here)
    clock.advance(minutes=2)
    await codes(there)
    since = clock() - timedelta(hours=1)

    async with store.database.reading() as tx:
        to_phone = await store.conversations.sent_to(tx, PHONE, since)
        for_talk = await store.conversations.sent_for(tx, here.id, since)
        to_another = await store.conversations.sent_to(tx, "84987654321", since)

    assert (to_phone.count, to_phone.last_at) == (2, clock())
    assert for_talk.count == 1
    assert (to_another.count, to_another.last_at) == (0, None)


async def test_several_talks_are_begun_and_kept_together(store: Store, clock) -> None:
    addresses = [("zalo", "1"), ("telegram", "1"), ("zalo", "2")]
    async with store.database.transaction() as tx:
        first = await store.conversations.begin(tx, "zalo", "2", clock())
        talks = await store.conversations.begin_all(tx, addresses, clock())
        kept = [replace(talk, under_way={"of": value}) for (_, value), talk in talks.items()]
        await store.conversations.save_all(tx, kept, clock())

    async with store.database.transaction() as tx:
        again = await store.conversations.begin_all(tx, addresses, clock())
    assert again["zalo", "2"].id == first.id
    assert len({talk.id for talk in again.values()}) == 3
    assert {pair: talk.under_way for pair, talk in again.items()} == {
        (kind, value): {"of": value} for kind, value in addresses
    }
