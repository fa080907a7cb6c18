"""Bad weather at the carrier: every way in which a call can go wrong, all at once, for as long as the load lasts."""

import asyncio

from delivery.event import EventName
from motcua.demo.settings import zalo as zalo_of
from motcua.demo.world import registered
from sandbox.server import Sandbox
from sandbox.settings import Settings as Play
from tests.chaos import page
from tests.chaos.carrier import Weather
from tests.chaos.ground import Field, Ground, field_of
from tests.chaos.load import Load
from tests.chaos.report import Report, reported
from tests.judge.judge import ENDED, IN_DOUBT

REFUSALS = (Weather.REFUSED, Weather.ERROR_IN_200)
"""The only answers after which a message may be given up."""

BY_TEMPLATE = (EventName.RECEIVED, EventName.SUPPLEMENT_REQUIRED, EventName.DONE, EventName.SUPPLEMENT_REQUIRED)
"""What Zalo takes to a phone number; of two sorts a miss is worse, of two a second copy."""

MOST_PEOPLE = 100
"""Everybody for whom the load may plan when it keeps messages waiting."""

LONGEST_DOUBT = 90
"""Seconds until all that must not be missed has been sent again, in fine weather."""

STILL_OPEN = frozenset({"waiting", "sending", IN_DOUBT})


async def storm(ground: Ground) -> Report:
    """The gateway takes repeats for new texts."""
    return await _storm("storm", ground, idempotent=False)


async def storm_idempotent(ground: Ground) -> Report:
    """The gateway refuses repeats: whatever the weather, all but what it refused arrives once."""
    return await _storm("storm-once", ground, idempotent=True)


async def _storm(name: str, ground: Ground, *, idempotent: bool) -> Report:
    with reported(name, ground) as report:
        async with field_of(ground, idempotent=idempotent) as field:
            load, carrier = Load(field), field.carrier
            carrier.storm = 0.4
            await load.put(ground.times(60, least=10))
            await field.start("sender", 1 if ground.kind == "sqlite" else 2)
            while len(carrier.met) < len(Weather) and await carrier.until_more(seconds=20):
                await load.keep(50)
            carrier.storm = 0.0
            await field.until_quiet(seconds=180)
            await report.judged(field, load)
            report.figures["sorts of weather"] = f"{len(carrier.met)} of {len(Weather)}"
            report.figures["calls spoilt"] = sum(carrier.met.values())
            report.expect(len(carrier.met) == len(Weather), f"not met: {set(Weather) - set(carrier.met)}")
            refused = sum(carrier.met[weather] for weather in REFUSALS)
            if (verdict := report.verdict) is not None:
                report.expect(verdict.ended <= refused, f"{verdict.ended} given up, only {refused} refused")
                if idempotent:
                    arrived = verdict.received + verdict.ended == verdict.accepted
                    report.expect(arrived, "what was not refused has not all arrived")
    return report


async def storm_zalo(ground: Ground) -> Report:
    """Templates to phones by Zalo: repeats are new messages, and it cannot be asked about what it never named."""
    play = Play(templates=registered(), webhook_base="http://127.0.0.1:9", hours="always", calls_per_minute=0)
    with reported("storm-zalo", ground) as report:
        async with Sandbox(play, chance=ground.chance) as sandbox:
            zalo = {"channels": {"zalo": zalo_of(sandbox) | {"timeout_seconds": 1.5}}}
            async with field_of(ground, **zalo, routing={"order": ["zalo"], "quiet_hours": ""}) as field:
                load, people = Load(field, BY_TEMPLATE), ground.times(200, least=20)
                for person in range(max(people, MOST_PEOPLE)):
                    page.open_account(sandbox, person)
                calls = page.forecast(sandbox, ground.chance, ground.times(8, least=1))
                await load.put(people)
                await field.start("sender", 1 if ground.kind == "sqlite" else 2)
                while not page.is_over(sandbox):
                    await load.keep(50)
                    await asyncio.sleep(0.1)
                report.expect(await _cleared_up(field, load), "what must not be missed is left in doubt")
                page.write_down(sandbox, ground.folder / "received.jsonl")
                await report.judged(field, load)
                states = await field.states()
                given_up = {one.recipient for one in load.accepted if states.get(one.key) in ENDED}
                report.figures["overtaken while in doubt"] = report.excused(await field.doubted())
                report.figures |= {"calls": calls, "sorts of weather": len(page.SORTS)}
                report.expect(given_up <= page.refused(sandbox), "given up for people who were never refused")
    return report


async def _cleared_up(field: Field, load: Load) -> bool:
    """Zalo is asked about what is in doubt; what must not be missed is sent again. Whether none of it is left."""
    await field.until_quiet(seconds=180)
    for _ in range(LONGEST_DOUBT):
        states = await field.states()
        if not any(one.copies > 1 and states.get(one.key) in STILL_OPEN for one in load.accepted):
            return True
        await asyncio.sleep(1)
    return False
