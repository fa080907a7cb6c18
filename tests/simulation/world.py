"""One simulation from its seed to its verdict: a story is played, the faults end, and all must come to rest."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from channels.zalo.tokens import NAME
from tests.simulation.callers import Callers
from tests.simulation.disk import Disks
from tests.simulation.house import Door
from tests.simulation.loop import Standstill, VirtualLoop
from tests.simulation.process import Process
from tests.simulation.trace import Breach

REST_WITHIN = 72 * 3600.0
"""Seconds after the last fault in which every message must have ended, or be honestly in doubt or unconfirmed."""

MOST_STEPS = 60_000
"""Statements in one simulation. A message that is stuck for three days, tried every five minutes, needs half of it."""

_QUIET = 60.0
"""When nothing falls due for so long, the workers are stopped, and started again when it does."""

_STUCK = 10.0
"""When what is due does not move for so long (its provider rests), nobody waits beside it either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a seed came to. `breach`: the invariant that did not hold, if any."""

    seed: int
    breach: str | None
    digest: str
    seconds: float  # of virtual time
    messages: int
    effects: int
    kills: int
    lines: list[str]


def simulate(seed: int, disks: Disks, *, spoil: Callable[[Door], None] | None = None, whole: bool = False) -> Verdict:
    """The same seed, the same steps: always."""
    loop = VirtualLoop(born=Process.adopt)
    world = World(seed, loop, disks, spoil, whole=whole)
    try:
        loop.run_until_complete(world.outside_world.spawn(world.play()))
    except Standstill as why:
        world.fault(Breach(f"standstill: {why}"))
    finally:
        world.end()
        loop.close()
    return world.verdict()


class World(Callers):
    """The story of one seed, from the first word to the last."""

    seen = (0, 0.0)
    """How many moves there had been, and when the last one was noticed."""

    async def play(self) -> None:
        """The whole story. Ends early at the first breach."""
        await self._meet()
        self._awake.set()
        for slot in range(self.story.workers):
            self.outside_world.spawn(self._keep(slot))
        for wish in self.story.wishes:
            self._later(wish.at, partial(self._post, wish))
        for at, incident in self.story.incidents:
            self._later(at, partial(self._happens, incident))
        self._later(self.story.faults_for, self._calmed)
        ending = self.outside_world.spawn(self._until_all_rests())
        await asyncio.wait({ending, self.outside_world.spawn(self._over.wait())}, return_when=asyncio.FIRST_COMPLETED)
        if ending.done():
            ending.result()

    def verdict(self) -> Verdict:
        return Verdict(
            seed=self.seed,
            breach=None if self.breach is None else str(self.breach),
            digest=self.trace.digest,
            seconds=self.loop.now,
            messages=len(self.oracle.rows),
            effects=sum(len(carrier.effects) for carrier in self._carriers.values()),
            kills=self.kills,
            lines=self.trace.lines,
        )

    async def _calmed(self) -> None:
        """The faults are over."""
        self.trace("world", "CALM")
        self.calm = True
        self.story.hazards.calm()
        self._oauth.faulty = 0.0
        self.oracle.calm_since = self.clock()
        for carrier in self._carriers.values():
            carrier.calm()

    async def _until_all_rests(self) -> None:
        while not (self.calm and self.oracle.ended() and not self._busy(600.0)):
            await asyncio.sleep(5)
            if self.trace.steps > MOST_STEPS:
                self.fault(Breach(f"restless: {MOST_STEPS} steps and no end"))
                return
            if self.calm and self.loop.time() > self.story.faults_for + REST_WITHIN:
                break
            if (until := self._quiet_until()) is not None:
                await self._sleep_until(until)
            if self._oauth.lost and self.chance.random() < 0.01:
                await self._authorize()
        if not self.oracle.ended(honest=True):
            open_ = [f"{row.id} {row.state}" for row in self.oracle.rows.values() if not row.end]
            self.fault(Breach(f"stuck: {open_}"))
        self._judged(self._ledger.settled)
        self._judged(self.oracle.overtaken)
        await self._tokens_hold()

    def _busy(self, soon: float) -> bool:
        """Something is under way, or will be within so many seconds."""
        if any(carrier.open for carrier in self._carriers.values()):
            return True
        if self._unsettled():
            return True
        return any(at < self.loop.time() + soon for at in self._pending.values())

    def _quiet_until(self) -> float | None:
        """The moment of the loop until which nothing will happen, if that is long."""
        now, due = self.loop.time(), self.oracle.next_due()
        if self.oracle.moves != self.seen[0]:
            self.seen = (self.oracle.moves, now)
        if self._busy(_QUIET) or any(row.state == "sending" for row in self.oracle.rows.values() if not row.end):
            return None
        moments = [*self._pending.values()]
        if due is not None:
            away = (due - self.clock()).total_seconds()
            stuck = away <= 0 and now - self.seen[1] > _STUCK
            moments.append(now + (self.chance.choice([1.5 * _QUIET, 10 * _QUIET]) if stuck else away))
        until = min(moments, default=now + 10 * _QUIET)
        return until if until > now + _QUIET else None

    async def _tokens_hold(self) -> None:
        """The pair of tokens that Zalo knows is the one that we keep, unless its only copy was lost to a fault."""
        if not self._oauth.exchanges or self._oauth.lost:
            return
        kept = await Door(self._outside, self.outside_world, self.outside_world).store.tokens.load(NAME)
        if kept is None or kept.refresh != self._oauth.refresh:
            self.fault(Breach("tokens: the page is locked out, and no answer was lost"))
