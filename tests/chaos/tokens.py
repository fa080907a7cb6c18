"""Zalo's single-use refresh token: eight processes renew it at once, and some die, or lose the answer, half-way.

A lost answer costs the page its key, whoever asks: an administrator must open it again. Nothing else may.
"""

import asyncio
from typing import Any

from store.tokens import StoredTokens
from tests.chaos.ground import Field, Ground, field_of, middle_and_most
from tests.chaos.oauth import OAuth
from tests.chaos.report import Report, reported

PROCESSES = 8
STEP = 13 * 3_600.0
"""Seconds by which the clock goes on each round: a key of twelve hours' age is renewed."""

LONGEST_RECOVERY = 15.0
_FATES = ("answered", "killed_before", "cut_after", "answered", "cut_before", "killed_after")


async def tokens(ground: Ground) -> Report:
    """Whoever dies, and wherever, the others have a new pair within seconds."""
    with reported("tokens", ground) as report:
        async with field_of(ground) as field, OAuth(ground.chance) as oauth:
            field.config["channels"] = {"zalo": _zalo(oauth)}
            number = PROCESSES if ground.kind == "postgresql" else 1
            locked_out, times = 0, list[float]()
            await field.start("renewer", number)
            await field.crew.until_said("renewing")
            await _renewed(field, oauth, 0)
            rounds = ground.times(18, least=3)
            for turn in range(rounds):
                fate = _FATES[turn % len(_FATES)]
                before = oauth.refreshed
                await _round(field, oauth, fate, turn, number)
                if fate.endswith("_after"):
                    locked_out += 1
                    await _opened_again(field, oauth)
                times.append(await _renewed(field, oauth, before))
            report.figures |= {"rounds": rounds, "renewed": oauth.refreshed, "answers lost": oauth.lost}
            report.figures |= {"locked out": locked_out, "renewed after": middle_and_most(times)}
            report.expect(oauth.refused <= locked_out * PROCESSES * 2, f"{oauth.refused} used-up tokens were tried")
            report.expect(oauth.lost == locked_out, "a page was locked out although no answer was lost")
            report.expect(max(times) < ground.patience(LONGEST_RECOVERY), "it took too long to renew")
            report.expect(oauth.refreshed == rounds + 1, f"{oauth.refreshed} renewals in {rounds} rounds and a start")
            report.expect(len(field.crew.living) == number, f"they died: {field.crew.said()}")
    return report


def _zalo(oauth: OAuth) -> dict[str, Any]:
    return {
        "enabled": True,
        "app_id": "1",
        "app_secret": "a secret of the app",
        "oa_id": "2",
        "oa_secret_key": "a secret of the page",
        "refresh_token": oauth.good,
        "api_base": oauth.url,
        "oauth_base": oauth.url,
        "business_base": oauth.url,
    }


async def _round(field: Field, oauth: OAuth, fate: str, turn: int, number: int) -> None:
    """The key grows old; the first that renews it meets its fate."""
    oauth.called.clear()
    oauth.fate = "answered" if fate == "answered" else "cut_after" if fate.endswith("_after") else "cut_before"
    if fate.startswith("killed"):
        oauth.hold.clear()
    field.wrong_by((turn + 1) * STEP)
    await asyncio.wait_for(oauth.called.wait(), 30)
    if fate.startswith("killed"):
        await asyncio.sleep(0.05)
        await asyncio.gather(*(field.crew.kill(worker) for worker in field.crew.living))
        oauth.hold.set()
        await field.start("renewer", number)
        await field.crew.until_said("renewing")


async def _renewed(field: Field, oauth: OAuth, before: int) -> float:
    """Seconds until a new pair is kept: before that nobody may let more time pass."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while loop.time() - began < 60:
        kept = await field.rooms.store.tokens.load("zalo")
        if oauth.refreshed > before and kept is not None and kept.access == f"access-{oauth.refreshed}":
            return loop.time() - began
        await asyncio.sleep(0.05)
    raise TimeoutError(f"the key was never renewed: {field.crew.said()}")


async def _opened_again(field: Field, oauth: OAuth) -> None:
    """What `motcua zalo authorize` does after an administrator has agreed: a new chain is kept."""
    await asyncio.sleep(0.5)
    tokens, now = field.rooms.store.tokens, field.now()
    kept = await tokens.load("zalo")
    assert kept is not None
    await tokens.save(
        "zalo", StoredTokens(access="", refresh=oauth.good, expires_at=now, seed=kept.seed, renewed_at=now)
    )
