"""A clock that jumps under load, an hour or a day forwards and back; some workers are killed at that very moment."""

import asyncio

from tests.chaos.ground import Ground, field_of
from tests.chaos.load import Load
from tests.chaos.report import Report, reported

HOUR, DAY = 3_600.0, 86_400.0


async def jumps(ground: Ground) -> Report:
    """Nothing is lost, doubled or out of order. A worker that saw the jump ends no life by it; a new one may.

    What was tried again later, by a clock that was ahead, waits until that time: so the clock goes through all hours
    again in the end, and new workers, which know of no jump, end what is over by then.
    """
    workers = 1 if ground.kind == "sqlite" else 2
    with reported("clocks", ground) as report:
        async with field_of(ground, pace=0.02) as field:
            load, wrong = Load(field), 0.0
            await field.start("sender", workers)
            for number in range(ground.times(16, least=2)):
                await load.keep(150)
                await field.carrier.until_more(seconds=20)
                wrong = _next(wrong, ground.chance.choice((HOUR, DAY)))
                field.wrong_by(wrong)
                if number % 2:
                    await field.crew.kill(ground.chance.choice(field.crew.living))
                    await field.start("sender")
                await asyncio.sleep(ground.chance.uniform(0.2, 1.5))
            for hour in (0.0, HOUR, DAY):
                field.wrong_by(hour)
                while await field.carrier.until_more(seconds=3):
                    pass
            await field.crew.stop(within=20)
            await field.start("sender", workers)
            await field.until_quiet(seconds=90)
            await report.judged(field, load)
            ended_early = list((await field.states()).values()).count("expired")
            report.figures |= {"jumps": number + 1, "expired early": ended_early}
    return report


def _next(wrong: float, size: float) -> float:
    """Away from the truth, or back to it."""
    return 0.0 if wrong else size
