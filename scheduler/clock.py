"""The clock: APScheduler wakes us, one process leads, and the runner sees to it that each due time runs once.

APScheduler's own stores and locks are not used: two processes on one of its stores run a job twice
(facts/gateways.md section 7). It is untyped and imported here alone.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from scheduler.jobs import Job
from scheduler.runner import Runner
from scheduler.timing import When
from store.ids import Clock
from store.runs import Leader
from vietnam.calendar import ZONE

HEARTBEAT = 3.0
"""Seconds between two tries to lead, or to keep leading; well within a leader's term."""

GRACE = 10.0
"""Seconds that running jobs have to end when the service stops."""

_log = structlog.get_logger(__name__)
logging.getLogger("apscheduler").setLevel(logging.WARNING)


class Scheduler:
    """Runs the table of jobs while this process leads."""

    def __init__(self, runner: Runner, leader: Leader, clock: Clock, *, heartbeat: float = HEARTBEAT) -> None:
        self._runner = runner
        self._leader = leader
        self._clock = clock
        self._heartbeat = heartbeat
        self._running: set[asyncio.Task[None]] = set()
        self.leads = False

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; then running jobs may end, and the next process may lead at once."""
        waker = _waker()
        for job in self._runner.jobs:
            waker.add_job(self._fire, _Trigger(job.when), args=[job], id=job.name)
        waker.start()
        try:
            while not stop.is_set():
                await self._lead()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._heartbeat)
        finally:
            waker.shutdown(wait=False)
            await self._finish()
            self.leads = False
            await self._leader.release()

    async def _lead(self) -> None:
        led = self.leads
        try:
            self.leads = await self._leader.hold(self._clock())
        except Exception as error:
            self.leads = False
            _log.warning("scheduler.cannot_lead", why=type(error).__name__)
        if self.leads and not led:
            _log.info("scheduler.leads")
            self._begin(self._catch_up())

    async def _fire(self, job: Job) -> None:
        """What APScheduler calls. Shielded: its shutdown must not cut a job in two."""
        if self.leads:
            await asyncio.shield(self._begin(self._run(job)))

    async def _run(self, job: Job) -> None:
        await self._guarded(self._runner.run_due(job))

    async def _catch_up(self) -> None:
        await self._guarded(self._runner.catch_up())

    async def _guarded(self, work: Awaitable[object]) -> None:
        """The database may be away for a while; the clock goes on."""
        try:
            await work
        except Exception as error:
            _log.warning("scheduler.failed", why=type(error).__name__)

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _finish(self) -> None:
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=GRACE)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def _waker() -> Any:
    make: Callable[..., Any] = AsyncIOScheduler  # it bears no types
    return make(timezone=ZONE, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})


class _Trigger(BaseTrigger):
    """Our own due times, in the shape that APScheduler asks for."""

    def __init__(self, when: When) -> None:
        self._when = when

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        return self._when.next_due(max(now, previous_fire_time or now))
