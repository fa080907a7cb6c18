"""Workers that are killed at random times under load, and replaced."""

import asyncio
from datetime import datetime

from tests.chaos.ground import Field, Ground, field_of, middle_and_most
from tests.chaos.load import Load
from tests.chaos.report import Report, reported

LONGEST_RECOVERY = 15.0
"""Seconds within which a dead worker's messages are somebody's again."""


async def kills(ground: Ground) -> Report:
    """The gateway does not refuse repeats: what a dead worker was sending stays in doubt, or is sent as policy says."""
    return await _kills("kills", ground, idempotent=False)


async def kills_idempotent(ground: Ground) -> Report:
    """The gateway refuses repeats: everything arrives, once."""
    return await _kills("kills-once", ground, idempotent=True)


async def _kills(name: str, ground: Ground, *, idempotent: bool) -> Report:
    workers = 1 if ground.kind == "sqlite" else 3
    with reported(name, ground) as report:
        async with field_of(ground, idempotent=idempotent, pace=0.15) as field:
            load, times = Load(field), list[datetime]()
            await field.start("sender", workers)
            for _ in range(ground.times(40, least=4)):
                await load.keep(400)
                await field.carrier.until_more(seconds=10)
                await asyncio.sleep(ground.chance.uniform(0.0, 0.4))
                times.append(await _kill_one(field))
                report.expect(await field.whole(), f"the database is damaged after kill {len(times)}")
            await field.until_quiet(seconds=120)
            recoveries = await field.recoveries(times)
            await report.judged(field, load)
            report.figures |= {"kills": len(times), "found": len(recoveries), "recovery": middle_and_most(recoveries)}
            report.expect(bool(recoveries) or ground.scale < 0.1, "no kill met a message on its way")
            report.expect(
                max(recoveries, default=0) < ground.patience(LONGEST_RECOVERY), "a dead worker's messages took too long"
            )
            if idempotent and report.verdict is not None:
                report.expect(report.verdict.received == report.verdict.accepted, "not everything has arrived")
            codes = (await field.crew.stop(within=15))[1]
            report.expect(set(codes) == {0}, f"workers ended with {codes}: {field.crew.said()}")
    return report


async def _kill_one(field: Field) -> datetime:
    """A worker dies and another takes its place at once; when it died. The youngest is spared: it may not send yet."""
    workers = field.crew.living
    died = field.now()
    await field.crew.kill(field.ground.chance.choice(workers[:-1] or workers))
    await field.start("sender")
    return died
