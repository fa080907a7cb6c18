"""Runs jobs, each due time once: claimed in the database first, its result kept for the operator."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from scheduler.jobs import Job
from scheduler.timing import Every
from store.ids import Clock
from store.nouns import Store
from store.runs import Run

CUT_OFF = "bị ngắt giữa chừng"
_log = structlog.get_logger(__name__)


class NoSuchJob(LookupError):
    """There is no job of this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One job as the operator sees it: when it runs, how it went last, when it is due next."""

    name: str
    title: str
    when: str
    last: Run | None
    next_due: datetime


class Runner:
    """`holder` names this process, differently at each start."""

    def __init__(self, store: Store, jobs: Sequence[Job], clock: Clock, *, holder: str) -> None:
        self._store = store
        self._clock = clock
        self._holder = holder
        self.jobs = tuple(jobs)

    async def run_due(self, job: Job) -> bool:
        """Run the job for its latest due time; False when that one was somebody's already."""
        return await self._run(job, job.when.last_due(self._clock()))

    async def run_now(self, name: str) -> Run:
        """Run the job at once, whatever its hour (`motcua schedule run`). Raises `NoSuchJob`."""
        job = next((job for job in self.jobs if job.name == name), None)
        if job is None:
            raise NoSuchJob(name)
        await self._run(job, self._clock())
        async with self._store.database.reading() as tx:
            return (await self._store.runs.last(tx))[name]

    async def catch_up(self) -> None:
        """What came due while nobody ran, once each, the last missed due time; and what a dead process left half done.

        A daily job that never ran has missed nothing yet.
        """
        cut_off = await self._close_left_behind()
        async with self._store.database.reading() as tx:
            last = await self._store.runs.last(tx)
        for job in self.jobs:
            run = last.get(job.name)
            if self._missed(job, run):
                await self.run_due(job)
            elif job.name in cut_off:
                await self._run(job, self._clock())

    async def listing(self) -> list[Line]:
        """Every job, in the order of the table."""
        async with self._store.database.reading() as tx:
            last = await self._store.runs.last(tx)
        now = self._clock()
        return [
            Line(
                name=job.name,
                title=job.title,
                when=str(job.when),
                last=last.get(job.name),
                next_due=job.when.next_due(now),
            )
            for job in self.jobs
        ]

    def _missed(self, job: Job, last: Run | None) -> bool:
        if last is None:
            return isinstance(job.when, Every)
        return last.due_at < job.when.last_due(self._clock())

    async def _run(self, job: Job, due_at: datetime) -> bool:
        async with self._store.database.transaction() as tx:
            run_id = await self._store.runs.claim(tx, job.name, due_at, self._holder, self._clock())
        if run_id is None:
            return False
        ok, result = await self._result_of(job)
        async with self._store.database.transaction() as tx:
            await self._store.runs.finish(tx, run_id, self._clock(), ok=ok, result=result)
        return True

    async def _result_of(self, job: Job) -> tuple[bool, str]:
        """A job that fails is told and tried again at its next hour; the others are not disturbed."""
        try:
            async with asyncio.timeout(job.longest.total_seconds()):
                return True, await job.work()
        except Exception as error:
            _log.warning("job.failed", job=job.name, why=type(error).__name__)
            return False, f"lỗi {type(error).__name__}"

    async def _close_left_behind(self) -> set[str]:
        async with self._store.database.transaction() as tx:
            left = await self._store.runs.left_behind(tx, self._holder)
            for run in left:
                await self._store.runs.finish(tx, run.id, self._clock(), ok=False, result=CUT_OFF)
        return {run.job for run in left}
