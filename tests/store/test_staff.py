"""Staff, their sessions, their one-time links, and how guessing is slowed."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from store.nouns import Store
from store.staff import IDLE, Lock, LoginTaken, Officer, Role

LOCK = Lock(free=3, first=timedelta(minutes=1), longest=timedelta(minutes=10))


@pytest.fixture
async def hanh(store: Store, clock) -> Officer:
    async with store.database.transaction() as tx:
        return await store.staff.add(
            tx, login="hanh.tt", name="Trần Thị Hạnh", password="hash", role=Role.CLERK, agency="H36.21", at=clock()
        )


async def test_a_login_is_found_in_any_case_and_belongs_to_one_person(store: Store, hanh: Officer, clock) -> None:
    async with store.database.transaction() as tx:
        found = await store.staff.find(tx, " HANH.TT ")
        with pytest.raises(LoginTaken):
            await store.staff.add(
                tx, login="Hanh.tt", name="Khác", password="x", role=Role.VIEWER, agency=None, at=clock()
            )

    assert found == (hanh, "hash")


async def test_neither_a_name_nor_a_cookie_stands_readable_in_the_database(store: Store, hanh: Officer, clock) -> None:
    async with store.database.transaction() as tx:
        await store.staff.enter(tx, hanh.id, "the-cookie", "csrf", clock())
        await store.staff.invite(tx, hanh.id, "the-link", clock() + timedelta(hours=1))

    async with store.database.reading() as tx:
        rows = [
            str(row)
            for select in ("SELECT * FROM staff", "SELECT * FROM staff_session", "SELECT * FROM staff_link")
            for row in await tx.execute(text(select))
        ]
    assert len(rows) == 3
    assert not any(word in row for row in rows for word in ("Hạnh", "hanh", "the-cookie", "the-link"))


async def test_a_session_ends_after_half_an_hour_without_use(store: Store, hanh: Officer, clock) -> None:
    async with store.database.transaction() as tx:
        await store.staff.enter(tx, hanh.id, "cookie", "csrf", clock())
        clock.advance(minutes=29)
        still = await store.staff.session(tx, "cookie", clock())
        await store.staff.seen(tx, "cookie", clock())
        clock.advance(minutes=29)
        used = await store.staff.session(tx, "cookie", clock())
        clock.advance(minutes=2)
        idle = await store.staff.session(tx, "cookie", clock())

    assert still is not None
    assert used is not None
    assert idle is None


async def test_a_session_ends_after_twelve_hours_however_much_it_is_used(store: Store, hanh: Officer, clock) -> None:
    async with store.database.transaction() as tx:
        await store.staff.enter(tx, hanh.id, "cookie", "csrf", clock())
        for _ in range(25):
            clock.advance(seconds=IDLE.total_seconds() - 60)
            await store.staff.seen(tx, "cookie", clock())

        assert await store.staff.session(tx, "cookie", clock()) is None


async def test_whoever_is_disabled_is_out_at_once(store: Store, hanh: Officer, clock) -> None:
    async with store.database.transaction() as tx:
        await store.staff.enter(tx, hanh.id, "cookie", "csrf", clock())
        await store.staff.invite(tx, hanh.id, "link", clock() + timedelta(hours=1))

        await store.staff.disable(tx, hanh.id, clock())

        assert await store.staff.session(tx, "cookie", clock()) is None
        assert await store.staff.accept(tx, "link", clock()) is None


async def test_a_link_signs_in_once_even_when_two_use_it_at_the_same_moment(store: Store, hanh: Officer, clock) -> None:
    async with store.database.transaction() as tx:
        await store.staff.invite(tx, hanh.id, "link", clock() + timedelta(hours=1))

    async def use() -> Officer | None:
        async with store.database.transaction() as tx:
            return await store.staff.accept(tx, "link", clock())

    answers = await asyncio.gather(use(), use(), use())

    assert sorted(answer is not None for answer in answers) == [False, False, True]


async def test_a_link_that_has_run_out_signs_nobody_in(store: Store, hanh: Officer, clock) -> None:
    async with store.database.transaction() as tx:
        await store.staff.invite(tx, hanh.id, "link", clock() + timedelta(minutes=5))
        clock.advance(minutes=6)

        assert await store.staff.accept(tx, "link", clock()) is None


async def test_waits_double_up_to_a_limit() -> None:
    waits = [LOCK.wait(count) for count in range(10)]

    assert waits[:3] == [timedelta(0)] * 3
    assert waits[3:7] == [timedelta(minutes=m) for m in (1, 2, 4, 8)]
    assert waits[7:] == [timedelta(minutes=10)] * 3


async def test_a_hundred_tries_at_once_have_no_more_guesses_than_in_a_row(store: Store, clock) -> None:
    async def attempt() -> timedelta:
        async with store.database.transaction() as tx:
            return await store.staff.attempt(tx, [("hanh.tt from 10.0.0.1", LOCK)], clock())

    waits = await asyncio.gather(*(attempt() for _ in range(20)))

    assert sum(wait == timedelta(0) for wait in waits) == LOCK.free


async def test_a_wait_ends_and_success_wipes_the_slate(store: Store, clock) -> None:
    async def attempt() -> timedelta:
        async with store.database.transaction() as tx:
            return await store.staff.attempt(tx, [("key", LOCK)], clock())

    for _ in range(LOCK.free):
        await attempt()
    assert await attempt() == timedelta(minutes=1)
    clock.advance(minutes=1)
    assert await attempt() == timedelta(0)
    assert await attempt() == timedelta(minutes=2)

    async with store.database.transaction() as tx:
        await store.staff.succeed(tx, ["key"])

    assert await attempt() == timedelta(0)
