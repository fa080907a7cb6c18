"""We and the others, in turn, on one PostgreSQL: the queue alone, and the whole job; and what a kill costs each.

A run of the queue ends when nothing is open in its tables; a run of the whole job when, besides, all is at the gateway.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.speed.figures import Figure
from benchmarks.speed.machine import cpu_of_tree
from benchmarks.speed.program import Broken, Program
from benchmarks.speed.setting import Judge, Setting, gateway, said
from benchmarks.speed.venv import Unavailable, python, redis

_LOOK_EVERY = 0.02
_PATIENCE = 300.0
QUIET = 45.0
"""Seconds without a new message after which a killed worker's messages count as lost; every peer is set to notice a
dead worker within 12 to 30."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A program that takes the peers' orders. It gets `share` of the messages: the slow ones need not so many.

    `workers`: of ours, how many turn at once on connections of their own, as that many processes would.
    """

    name: str
    module: str
    ours: bool = False
    broker: bool = False
    memory: str = "postgresql"
    share: float = 1.0
    workers: int = 1


OURS = Contender(name="Một Cửa", module="benchmarks.speed.ours", ours=True)
QUEUES = (
    OURS,
    Contender(name="Một Cửa, two workers", module="benchmarks.speed.ours", ours=True, workers=2),
    Contender(name="pgqueuer", module="benchmarks.speed.peers.with_pgqueuer"),
    Contender(name="awa-pg", module="benchmarks.speed.peers.with_awa"),
    Contender(name="procrastinate", module="benchmarks.speed.peers.with_procrastinate", share=0.25),
)
JOBS = (
    OURS,
    Contender(name="pgqueuer", module="benchmarks.speed.peers.with_pgqueuer"),
    Contender(name="procrastinate", module="benchmarks.speed.peers.with_procrastinate", share=0.1),
    Contender(name="Celery + Redis", module="benchmarks.speed.peers.with_celery", broker=True, share=0.1),
    Contender(name="Apprise in a loop", module="benchmarks.speed.peers.with_apprise", memory="", share=0.1),
)


@dataclass
class Tally:
    """One contender's rounds, and what its kill came to."""

    rates: list[float] = field(default_factory=list)
    fills: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    missing: int = 0
    killed: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Where the contenders meet: `broker` is Redis's URL and process id, or None where there is none."""

    setting: Setting
    judge: Judge | None
    python: str
    broker: tuple[str, int] | None

    def spent(self, program: Program) -> float:
        """CPU seconds so far of a contender, the database server, and the broker."""
        broker = 0.0 if self.broker is None else cpu_of_tree(self.broker[1])
        return cpu_of_tree(program.pid) + self.setting.server_cpu("postgresql") + broker

    @asynccontextmanager
    async def program(self, contender: Contender, url: str, *, fresh: bool) -> AsyncIterator[Program]:
        order = {
            "url": url,
            "gateway": "" if self.judge is None else f"{self.judge.url}/sms",
            "fresh": fresh,
            "broker": "" if self.broker is None else self.broker[0],
            "client": self.setting.http,
            "workers": contender.workers,
        }
        interpreter = sys.executable if contender.ours else self.python
        program = await Program.start(contender.module, order, python=interpreter)
        try:
            yield program
        finally:
            await program.close()


async def measure_queue(setting: Setting) -> list[Figure]:
    """Claim and complete, no-op."""
    return await _contest(setting, QUEUES, "queue", setting.of(5_000, 50_000, 50_000), None)


async def measure_peers(setting: Setting) -> list[Figure]:
    """Render, send, and keep what came of it."""
    async with gateway() as judge:
        return await _contest(setting, JOBS, "peers", setting.of(2_000, 20_000, 20_000), judge)


async def _contest(
    setting: Setting, contenders: tuple[Contender, ...], part: str, count: int, judge: Judge | None
) -> list[Figure]:
    if setting.postgres is None:
        return [Figure(part=part, name="left out", unit="", values=(), note="needs PostgreSQL")]
    with ExitStack() as stack:
        interpreter = python()
        broker = None
        absent: dict[str, str] = {}
        if any(one.broker for one in contenders):
            try:
                broker = stack.enter_context(redis(setting.folder))
            except Unavailable as why:
                absent = {one.name: str(why) for one in contenders if one.broker}
        ring = Ring(setting=setting, judge=judge, python=interpreter, broker=broker)
        tallies = {one.name: Tally() for one in contenders}
        present = [one for one in contenders if one.name not in absent]
        for number in range(setting.rounds):
            for one in present:
                await _tried(one, absent, _run(ring, one, round(count * one.share), tallies[one.name]))
                rates = ", ".join(f"{rate:,.0f}" for rate in tallies[one.name].rates)
                said(f"{part} {number + 1}: {one.name}: {rates} /s")
        for one in present if judge is not None else ():
            await _tried(one, absent, _killed(ring, one, setting.of(500, 2_000, 2_000), tallies[one.name]))
            said(f"{part}: {one.name}, killed: {tallies[one.name].killed}")
    mine = tallies[OURS.name]
    figures = [_figure(part, one, tallies[one.name], mine, absent.get(one.name, "")) for one in contenders]
    return figures + [
        Figure(part=part, name=f"{one.name}, killed: {what}", unit="messages", database=one.memory, values=[count])
        for one in contenders
        for what, count in tallies[one.name].killed.items()
    ]


def _figure(part: str, one: Contender, tally: Tally, mine: Tally, absent: str) -> Figure:
    fill = f"enqueued {min(tally.fills):,.0f}/s or more" if tally.fills and one.memory else ""
    missing = f"{tally.missing} never came" if tally.missing else ""
    return Figure(
        part=part,
        name=one.name,
        database=one.memory,
        unit="/s",
        values=tally.rates,
        cpu=tally.cpu,
        ratios=() if one.ours else [us / them for us, them in zip(mine.rates, tally.rates, strict=False)],
        baseline="" if one.ours else "ours ÷ this",
        note=absent or "; ".join(filter(None, (missing, fill))),
    )


async def _tried(one: Contender, absent: dict[str, str], work: Coroutine[Any, Any, None]) -> None:
    """A peer that breaks is left out, with the reason; our own must not break."""
    try:
        await work
    except Broken as why:
        if one.ours:
            raise
        absent[one.name] = str(why)


async def _run(ring: Ring, one: Contender, count: int, tally: Tally) -> None:
    """Fills, starts the worker, waits for the end."""
    url = await ring.setting.fresh("postgresql")
    if ring.judge is not None:
        await ring.judge.program.ask(do="reset")
    async with ring.program(one, url, fresh=True) as program:
        began = time.monotonic()
        await program.ask(do="fill", count=count)
        tally.fills.append(count / (time.monotonic() - began))
        await ring.setting.filled(url)
        await program.ask(do="start")
        spent, began = ring.spent(program), time.monotonic()
        await program.ask(do="run")
        if ring.judge is not None:
            counted = await ring.judge.program.ask(do="wait", distinct=count, quiet=QUIET)
            tally.missing += count - counted["distinct"]
        ended = await _none_left(program)
        tally.rates.append(count / (ended - began))
        tally.cpu.append((ring.spent(program) - spent) * 1_000 / count)
        await program.ask(do="stop")
    await ring.setting.drop(url)


async def _none_left(program: Program) -> float:
    """The moment at which nothing was open any more."""
    until = time.monotonic() + _PATIENCE
    while (await program.ask(do="left"))["left"] and time.monotonic() < until:  # noqa: ASYNC110  (a table's rows)
        await asyncio.sleep(_LOOK_EVERY)
    return time.monotonic()


async def _killed(ring: Ring, one: Contender, count: int, tally: Tally) -> None:
    """SIGKILL when half is at the gateway, a new worker at once: what is lost, doubled, or said to be in doubt."""
    judge = ring.judge
    assert judge is not None
    url = await ring.setting.fresh("postgresql")
    await judge.program.ask(do="reset")
    async with ring.program(one, url, fresh=True) as first:
        await first.ask(do="fill", count=count)
        await ring.setting.filled(url)
        await first.ask(do="start")
        await first.ask(do="run")
        await judge.program.ask(do="wait", distinct=count // 2, quiet=QUIET)
        await first.kill()
    async with ring.program(one, url, fresh=False) as second:
        await second.ask(do="start")
        await second.ask(do="run", count=count)
        counted = await judge.program.ask(do="wait", distinct=count, quiet=QUIET)
        told = await second.ask(do="left")
        await second.kill()
    await ring.setting.drop(url)
    tally.killed = {"lost": count - counted["distinct"], "doubled": counted["doubled"]}
    if one.ours:
        tally.killed["in doubt, and said so"] = told["doubt"]
