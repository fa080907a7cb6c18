"""Two schedulers: one leads, is killed, and is replaced; each due time of a job runs once."""

import asyncio

from sqlalchemy import select

from store.columns import table
from store.runs import RunTable
from tests.chaos.carrier import TOKEN
from tests.chaos.crew import Worker
from tests.chaos.ground import Field, Ground, field_of, middle_and_most
from tests.chaos.report import Report, reported

EVERY = 1.0
"""Seconds between two runs of the job that is watched: it asks the carrier's side for dossiers, once a run."""

LONGEST_GAP = 15.0
"""Seconds without any run after the leader's death."""


async def schedulers(ground: Ground) -> Report:
    """On SQLite there is one process at a time, killed and started again."""
    both = ground.kind == "postgresql"
    with reported("schedulers", ground) as report:
        async with field_of(ground) as field:
            field.config["dossiers"] = {"pull": _pull(field)}
            await field.start("scheduler", 2 if both else 1)
            gaps: list[float] = []
            for _ in range(ground.times(5)):
                await _asked(field, times=2)
                gaps.append(await _killed(field))
            await _asked(field, times=2)
            codes = (await field.crew.stop(within=15))[1]
            runs = await _runs(field)
            asked = field.carrier.asked
            report.figures |= {"leaders killed": len(gaps), "replaced after": middle_and_most(gaps)}
            report.figures |= {"runs": len(runs), "seen from outside": asked, "cut off": runs.count(False)}
            report.expect(max(gaps) < ground.patience(LONGEST_GAP), "it took too long until another led")
            report.expect(asked <= len(runs), "a due time ran twice")
            report.expect(len(runs) - asked <= len(gaps), "a run was written down and never made")
            report.expect(set(codes) == {0}, f"they ended with {codes}: {field.crew.said()}")
    return report


def _pull(field: Field) -> dict[str, object]:
    return {"enabled": True, "url": f"{field.carrier.url}/source", "token": TOKEN, "every_seconds": EVERY}


async def _asked(field: Field, *, times: int) -> None:
    """Until the job was seen so many times more."""
    for _ in range(times):
        await field.carrier.until_asked(seconds=60)


async def _killed(field: Field) -> float:
    """The one that leads dies and another process starts; seconds until the job is seen again."""
    loop = asyncio.get_running_loop()
    await field.crew.kill(await _leader(field))
    began = loop.time()
    await field.start("scheduler")
    await field.carrier.until_asked(seconds=60)
    return loop.time() - began


async def _leader(field: Field) -> Worker:
    (leader,) = [worker for worker in field.crew.living if "scheduler.leads" in worker.said]
    return leader


async def _runs(field: Field) -> list[bool | None]:
    """How each run of the job ended."""
    run = table(RunTable)
    async with field.rooms.store.database.reading() as tx:
        return list((await tx.execute(select(run.c.ok).where(run.c.job == "pull_source"))).scalars())
