"""Many workers on one queue, and the polite end of a worker under load."""

import asyncio

from tests.chaos.ground import Ground, field_of, middle_and_most
from tests.chaos.load import Load
from tests.chaos.report import Report, reported

LONGEST_STOP = 10.0
"""Seconds from SIGTERM to the end of the process."""


async def eight(ground: Ground) -> Report:
    """Eight workers: nobody dies, so everything arrives once, in order, and nothing is in doubt."""
    with reported("eight", ground) as report:
        async with field_of(ground) as field:
            load = Load(field)
            await field.start("sender", 8)
            for first in range(0, ground.times(400, least=40), 40):
                await load.put(40, first=first % 120)
            took = await field.until_quiet(seconds=180)
            await report.judged(field, load)
            report.figures["the last seconds"] = f"{took:.1f}"
            if (verdict := report.verdict) is not None:
                report.expect(verdict.received == verdict.accepted, "not everything has arrived")
                report.expect(verdict.in_doubt == 0, f"{verdict.in_doubt} are in doubt")
                report.expect(verdict.repeated == 0, f"{verdict.repeated} were sent again")
            report.expect(len(field.crew.living) == 8, f"workers died: {field.crew.said()}")
    return report


async def sigterm(ground: Ground) -> Report:
    """`motcua run` itself is told to stop under load, and started again: nothing is left in doubt."""
    role, number = ("all", 1) if ground.kind == "sqlite" else ("worker", 2)
    with reported("sigterm", ground) as report:
        async with field_of(ground, pace=0.05) as field:
            load, times = Load(field), list[float]()
            for _ in range(ground.times(5, least=1)):
                await load.keep(400)
                processes = [await field.crew.command(role, field.config) for _ in range(number)]
                await field.carrier.until_more(seconds=60)
                await asyncio.sleep(ground.chance.uniform(0.2, 1))
                seconds, codes = await field.crew.dismiss(processes, within=30)
                times.append(seconds)
                report.expect(set(codes) == {0}, f"they ended with {codes}: {field.crew.said()}")
                states = await field.states()
                left = [state for state in states.values() if state in ("sending", "unknown")]
                report.expect(not left, f"{len(left)} were left {set(left)}")
            await field.start("sender")
            await field.until_quiet(seconds=120)
            await report.judged(field, load)
            report.figures |= {"stops": len(times), "time to stop": middle_and_most(times)}
            report.expect(max(times) < ground.patience(LONGEST_STOP), "it took too long to stop")
            if (verdict := report.verdict) is not None:
                report.expect(verdict.received == verdict.accepted, "not everything has arrived")
    return report
