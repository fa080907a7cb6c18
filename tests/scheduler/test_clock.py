"""The clock with the real APScheduler: two processes, one leader, nothing lost at a stop."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from scheduler.clock import Scheduler
from scheduler.jobs import Job
from scheduler.runner import Runner
from scheduler.timing import Every
from store.nouns import Store
from store.runs import Leader


def now() -> datetime:
    return datetime.now(UTC)


def scheduler(store: Store, job: Job, holder: str) -> Scheduler:
    runner = Runner(store, [job], now, holder=holder)
    return Scheduler(runner, Leader(store.database, "clock", holder), now, heartbeat=0.05)


async def test_of_two_processes_one_runs_the_jobs_and_the_other_takes_over(
    store: Store, job: Callable[..., Job], bell: Any
) -> None:
    first, second = (scheduler(store, job(when=Every(0.3)), holder) for holder in ("p1", "p2"))
    stop_first, stop_second = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(first.run(stop_first))
    await bell.heard(2)
    waiting = asyncio.create_task(second.run(stop_second))
    assert not second.leads

    stop_first.set()
    await running
    await bell.heard(bell.rings + 1)
    assert second.leads
    stop_second.set()
    await waiting

    async with store.database.reading() as tx:
        assert (await store.runs.last(tx))["pull_source"].holder == "p2"
        assert await store.runs.left_behind(tx, "nobody") == []


async def test_a_running_job_may_end_when_the_service_stops(store: Store, job: Callable[..., Job]) -> None:
    began, may_end = asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        began.set()
        await may_end.wait()
        return "xong"

    pull = job()
    clock = scheduler(store, Job(name=pull.name, title=pull.title, when=pull.when, work=slow), "p1")
    stop = asyncio.Event()
    running = asyncio.create_task(clock.run(stop))
    async with asyncio.timeout(10):
        await began.wait()
        stop.set()
        may_end.set()
        await running

    async with store.database.reading() as tx:
        assert (await store.runs.last(tx))["pull_source"].result == "xong"
