"""Each job once a due time, whoever runs it, and caught up after a stop."""

import asyncio
from collections.abc import Callable
from datetime import time
from typing import Any

import pytest

from scheduler.jobs import Job
from scheduler.runner import NoSuchJob, Runner
from scheduler.timing import Daily
from store.nouns import Store


async def test_many_processes_run_a_due_time_once(store: Store, clock: Any, job: Callable[..., Job], bell: Any) -> None:
    runners = [Runner(store, [job()], clock, holder=f"p{number}") for number in range(5)]

    ran = await asyncio.gather(*(runner.run_due(runner.jobs[0]) for runner in runners))

    assert ran.count(True) == 1
    assert bell.rings == 1


async def test_the_next_due_time_is_another_run(store: Store, clock: Any, job: Callable[..., Job], bell: Any) -> None:
    runner = Runner(store, [job()], clock, holder="p1")

    await runner.run_due(runner.jobs[0])
    clock.advance(seconds=59)
    await runner.run_due(runner.jobs[0])
    clock.advance(seconds=1)
    await runner.run_due(runner.jobs[0])

    assert bell.rings == 2


async def test_after_a_long_stop_the_last_missed_time_runs_once(
    store: Store, clock: Any, job: Callable[..., Job], bell: Any
) -> None:
    daily = job("fee_reminders", Daily(time(8, 30)))
    await Runner(store, [daily], clock, holder="before").run_due(daily)
    clock.advance(days=9)

    await Runner(store, [daily], clock, holder="after").catch_up()
    await Runner(store, [daily], clock, holder="later").catch_up()

    assert bell.rings == 2


async def test_a_daily_job_that_never_ran_has_missed_nothing(
    store: Store, clock: Any, job: Callable[..., Job], bell: Any
) -> None:
    await Runner(store, [job("fee_reminders", Daily(time(8, 30)))], clock, holder="p1").catch_up()

    assert bell.rings == 0


async def test_a_run_that_died_is_marked_and_done_again(
    store: Store, clock: Any, job: Callable[..., Job], bell: Any
) -> None:
    pull = job()
    async with store.database.transaction() as tx:
        died = await store.runs.claim(tx, pull.name, pull.when.last_due(clock()), "dead", clock())
    assert died
    clock.advance(seconds=10)

    await Runner(store, [pull], clock, holder="alive").catch_up()

    assert bell.rings == 1
    async with store.database.reading() as tx:
        assert await store.runs.left_behind(tx, "anybody") == []


async def test_a_failing_job_is_told_without_its_words_and_tried_at_its_next_hour(
    store: Store, clock: Any, job: Callable[..., Job], bell: Any
) -> None:
    bell.broken = True
    runner = Runner(store, [job()], clock, holder="p1")

    await runner.run_due(runner.jobs[0])

    line = (await runner.listing())[0]
    assert line.last is not None
    assert line.last.ok is False
    assert line.last.result == "lỗi ConnectionError"
    assert line.next_due > clock()


async def test_a_job_that_hangs_is_cut_off(store: Store, clock: Any, job: Callable[..., Job]) -> None:
    async def hang() -> str:
        await asyncio.Event().wait()
        return "never"

    hanging = job(longest=0.05)
    hanging = Job(name=hanging.name, title=hanging.title, when=hanging.when, work=hang, longest=hanging.longest)
    runner = Runner(store, [hanging], clock, holder="p1")

    await runner.run_due(hanging)

    line = (await runner.listing())[0]
    assert line.last is not None
    assert line.last.result == "lỗi TimeoutError"


async def test_a_job_can_be_run_at_once_by_name(store: Store, clock: Any, job: Callable[..., Job], bell: Any) -> None:
    runner = Runner(store, [job("fee_reminders", Daily(time(8, 30)))], clock, holder="command")

    run = await runner.run_now("fee_reminders")

    assert bell.rings == 1
    assert run.ok
    assert run.result == "lần thứ 1"
    with pytest.raises(NoSuchJob):
        await runner.run_now("make_coffee")


async def test_the_listing_says_when_each_job_runs(store: Store, clock: Any, job: Callable[..., Job]) -> None:
    table = [job(), job("fee_reminders", Daily(time(8, 30)))]

    lines = await Runner(store, table, clock, holder="p1").listing()

    assert [(line.name, line.when, line.last) for line in lines] == [
        ("pull_source", "mỗi 1 phút", None),
        ("fee_reminders", "08:30 hằng ngày", None),
    ]
