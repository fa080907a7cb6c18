"""Bad weather at the carrier: every way in which a call can go wrong, all at once, for as long as the load lasts."""

from tests.chaos.carrier import Weather
from tests.chaos.ground import Ground, field_of
from tests.chaos.load import Load
from tests.chaos.report import Report, reported

REFUSALS = (Weather.REFUSED, Weather.ERROR_IN_200)
"""The only answers after which a message may be given up."""


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
