"""Runs and leadership, on both databases."""

import asyncio
from datetime import timedelta
from typing import Any

from store.database import Database
from store.nouns import Store
from store.runs import Leader


async def test_a_due_time_is_claimed_by_one_of_many(store: Store, clock: Any) -> None:
    async def claim(holder: str) -> str | None:
        async with store.database.transaction() as tx:
            return await store.runs.claim(tx, "pull_source", clock(), holder, clock())

    claimed = await asyncio.gather(*(claim(f"p{number}") for number in range(6)))

    assert len([run_id for run_id in claimed if run_id]) == 1


async def test_the_last_run_of_each_job_is_the_latest_due(store: Store, clock: Any) -> None:
    async with store.database.transaction() as tx:
        for hours in (2, 0, 1):
            due = clock() - timedelta(hours=hours)
            run_id = await store.runs.claim(tx, "fee_reminders", due, "p1", clock())
            assert run_id
            await store.runs.finish(tx, run_id, clock(), ok=hours != 0, result=f"{hours} giờ trước")
        await store.runs.claim(tx, "pull_source", clock(), "p1", clock())

    async with store.database.reading() as tx:
        last = await store.runs.last(tx)

    assert last["fee_reminders"].result == "0 giờ trước"
    assert last["fee_reminders"].ok is False
    assert last["pull_source"].finished_at is None


async def test_what_a_dead_process_left_is_found_but_not_ones_own(store: Store, clock: Any) -> None:
    async with store.database.transaction() as tx:
        await store.runs.claim(tx, "pull_source", clock(), "dead", clock())
        await store.runs.claim(tx, "fee_reminders", clock(), "alive", clock())

        left = await store.runs.left_behind(tx, "alive")

    assert [run.job for run in left] == ["pull_source"]


async def test_one_leads_and_the_next_takes_over_at_release(database: Database, clock: Any) -> None:
    first, second = Leader(database, "clock", "p1"), Leader(database, "clock", "p2")

    assert await first.hold(clock())
    assert not await second.hold(clock())
    assert await first.hold(clock()), "a leader stays one"

    await first.release()

    assert await second.hold(clock())
    assert not await first.hold(clock())
    await second.release()


async def test_a_silent_leader_loses_the_lead(database: Database, clock: Any) -> None:
    silent, next_one = Leader(database, "clock", "p1"), Leader(database, "clock", "p2")
    assert await silent.hold(clock())

    clock.advance(seconds=31)  # on SQLite its term runs out
    if database.dialect == "postgresql":  # there the lock lives as long as the session
        async with database.transaction() as tx:
            await tx.exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    assert await next_one.hold(clock())
    assert not await silent.hold(clock()), "it notices by itself"
    await next_one.release()


async def test_a_lead_from_before_the_clock_was_put_back_stands_in_nobodys_way(database: Database, clock: Any) -> None:
    if database.dialect == "postgresql":
        return  # there no time is compared
    dead, next_one = Leader(database, "clock", "p1"), Leader(database, "clock", "p2")
    assert await dead.hold(clock())

    clock.advance(days=-1)

    assert await next_one.hold(clock())
