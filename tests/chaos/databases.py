"""A database that goes away: PostgreSQL stopped as if its machine lost power, and connections cut under the workers."""

import asyncio

from tests.chaos.ground import Field, Ground, field_of, middle_and_most
from tests.chaos.load import Load
from tests.chaos.report import Report, reported

BACK_AT_LEAST = 0.8
"""The rate afterwards as a share of the rate before."""

PACE = 0.4
"""Seconds that the carrier takes for a text: the rate is bound by it, and not by what else this machine does."""


async def stops(ground: Ground) -> Report:
    """Immediate stop and start, again and again, under load."""
    assert ground.server is not None
    with reported("stops", ground) as report:
        async with field_of(ground, pace=PACE) as field:
            load, number = Load(field), ground.times(12)
            away: list[float] = []
            await field.start("sender", 2)
            async with load.kept(ground.times(400, least=100)):
                before = await _rate(field)
                for _ in range(number):
                    await asyncio.sleep(ground.chance.uniform(0.5, 4))
                    await ground.server.stop()
                    await asyncio.sleep(ground.chance.uniform(0.2, 2))
                    await ground.server.start()
                    away.append(await _back(field))
                after = await _rate(field)
            await _ended(field, load, report, before=before, after=after)
            report.figures |= {"stops": number, "sends again after": middle_and_most(away)}
    return report


async def terminations(ground: Ground) -> Report:
    """Two connections a second are cut off, whoever's they are."""
    assert ground.server is not None
    with reported("cut-offs", ground) as report:
        async with field_of(ground, pace=PACE) as field:
            load, cut = Load(field), 0
            await field.start("sender", 2)
            async with load.kept(ground.times(400, least=100)):
                before = await _rate(field)
                for _ in range(ground.times(90, least=4)):
                    await asyncio.sleep(0.5)
                    cut += await ground.server.cut_off(ground.url, ground.chance)
                await _back(field)
                after = await _rate(field)
            await _ended(field, load, report, before=before, after=after)
            report.figures["cut off"] = cut
    return report


async def _rate(field: Field) -> float:
    await field.carrier.until_more(seconds=30)
    await asyncio.sleep(2 * field.ground.scale)
    return await field.rate(1 + 4 * field.ground.scale)


async def _back(field: Field) -> float:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await field.carrier.until_more(seconds=30)
    return loop.time() - began


async def _ended(field: Field, load: Load, report: Report, *, before: float, after: float) -> None:
    await field.until_quiet(seconds=120)
    await report.judged(field, load)
    report.figures["rate"] = f"{before:.0f}/s before, {after:.0f}/s after"
    # a second is too short to compare: the short form asks only whether it sends at all
    least = BACK_AT_LEAST if field.ground.scale >= 0.1 else 0.1
    report.expect(after >= least * before, "it sends more slowly than before")
    report.expect(len(field.crew.living) == 2, f"workers died: {field.crew.said()}")
