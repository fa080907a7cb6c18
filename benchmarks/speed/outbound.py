"""Outbound: rendered, sealed, each attempt durable before it leaves and each outcome after, as a share of bare posting.

Every run of ours stands between two runs of the bare client, whose mean is its baseline. A run ends when the last
outcome is in the database, not when the last request is out.
"""

import time
from dataclasses import dataclass, field, replace
from statistics import mean, median

from benchmarks.speed import house
from benchmarks.speed.figures import Figure
from benchmarks.speed.program import Program
from benchmarks.speed.servers import Kind
from benchmarks.speed.setting import Judge, Setting, gateway, said

CONNECTIONS = 32
"""Of the bare client; the cheapest number for it (facts of the prototype: 8 to 32)."""

QUIET = 60.0
"""Seconds without a new message after which a run counts as ended, with losses."""


@dataclass
class Runs:
    """One line of the table while it grows."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    fills: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0

    def add(self, run: "Run", bare: float) -> None:
        self.rates.append(run.rate)
        self.cpu.append(run.cpu_per_1000)
        self.shares.append(run.rate / bare)
        self.fills.append(run.filled)
        self.server.append(run.server_cpu)
        self.lost += run.lost
        self.doubled += run.doubled


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One drain: messages a second, CPU seconds per 1,000 of worker and server, planned rows a second before it."""

    rate: float
    worker_cpu: float
    server_cpu: float
    filled: float
    lost: int
    doubled: int
    peak: int

    @property
    def cpu_per_1000(self) -> float:
        return self.worker_cpu + self.server_cpu


async def measure(setting: Setting) -> list[Figure]:
    count = setting.of(2_000, 20_000, 20_000)
    lines: dict[tuple[str, Kind | None], Runs] = {}
    async with gateway(setting.delay) as judge:
        bare = await Program.start("benchmarks.speed.clients", {"url": f"{judge.url}/sms", "count": count})
        before = await posted(bare, judge, "aiohttp", count, lines)
        for number in range(setting.rounds):
            for workers, kind in _cases(setting):
                name = "one worker" if workers == 1 else f"{workers} workers"
                run = await drained(setting, judge, kind, count, workers=workers)
                after = await posted(bare, judge, "aiohttp", count, lines)
                lines.setdefault((name, kind), Runs()).add(run, mean([before, after]))
                said(f"outbound {number + 1}: {kind}, {name}: {run.rate:,.0f}/s, bare {mean([before, after]):,.0f}/s")
                before = after
            await posted(bare, judge, "curl", count, lines)
        await bare.close()
    return [*_bare(lines), *_ours(lines)]


def _cases(setting: Setting) -> list[tuple[int, Kind]]:
    cases: list[tuple[int, Kind]] = [(1, kind) for kind in setting.databases]
    return cases + ([(2, "postgresql")] if "postgresql" in setting.databases else [])


async def posted(
    bare: Program, judge: Judge, client: str, count: int, lines: dict[tuple[str, Kind | None], Runs]
) -> float:
    """A bare run; its rate."""
    await judge.program.ask(do="reset")
    told = await bare.ask(do=client, connections=CONNECTIONS)
    counted = await judge.program.ask(do="count")
    assert counted["distinct"] == count
    line = lines.setdefault((f"bare {client}", None), Runs())
    line.rates.append(count / told["seconds"])
    line.cpu.append(told["cpu"] * 1_000 / count)
    return line.rates[-1]


async def drained(
    setting: Setting, judge: Judge, kind: Kind, count: int, *, workers: int = 1, url: str | None = None, first: int = 0
) -> Run:
    """Fills a database, lets the workers drain it, asks the gateway what came.

    The database is a fresh one unless `url` names it; `first` is the number of the first person who is told.
    """
    made = url or await setting.fresh(kind)
    if url is None:
        await house.make_schema(made)
    configured = house.config(made, judge.url, senders=setting.senders, client=setting.http)
    filled = await _filled(configured, count, first)
    await setting.filled(made)
    await judge.program.ask(do="reset")
    order = {"config": configured, "profile": _profile(setting, kind, workers)}
    crew = [await Program.start("benchmarks.speed.worker", order, options=[setting.loop]) for _ in range(workers)]
    server = setting.server_cpu(kind)
    began = [(await one.ask(do="run"))["at"] for one in crew]
    counted = await judge.program.ask(do="wait", distinct=count, quiet=QUIET)
    ends = [await one.ask(do="stop") for one in crew]
    server = setting.server_cpu(kind) - server
    counted = await judge.program.ask(do="count")
    for one in crew:
        await one.close()
    if url is None:
        await setting.drop(made)
    return Run(
        rate=count / (max(end["ended"] for end in ends) - min(began)),
        worker_cpu=sum(end["cpu"] for end in ends) * 1_000 / count,
        server_cpu=server * 1_000 / count,
        filled=filled,
        lost=count - counted["distinct"],
        doubled=counted["doubled"],
        peak=max(end["peak"] for end in ends),
    )


def _profile(setting: Setting, kind: Kind, workers: int) -> str:
    return "" if setting.profile is None else str(setting.profile / f"outbound-{kind}-{workers}.txt")


async def _filled(configured: dict[str, object], count: int, first: int) -> float:
    """Rows planned a second: people found or made, natural keys checked, bodies sealed, all durable."""
    async with house.rooms(configured) as rooms:
        began = time.monotonic()
        await house.fill(rooms, count, first=first)
        return count / (time.monotonic() - began)


def _bare(lines: dict[tuple[str, Kind | None], Runs]) -> list[Figure]:
    found = {name: runs for (name, kind), runs in lines.items() if kind is None}
    return [Figure(part="outbound", name=name, unit="/s", values=r.rates, cpu=r.cpu) for name, r in found.items()]


def _ours(lines: dict[tuple[str, Kind | None], Runs]) -> list[Figure]:
    figures: list[Figure] = []
    for (name, kind), runs in lines.items():
        if kind is None:
            continue
        one = lines["one worker", kind]
        figures.append(
            Figure(
                part="outbound",
                name=name,
                unit="/s",
                database=kind,
                values=runs.rates,
                cpu=runs.cpu,
                ratios=runs.shares,
                baseline="bare aiohttp",
                note=f"lost {runs.lost}, doubled {runs.doubled}; server's CPU {median(runs.server):.3f}",
            )
        )
        if runs is not one:
            ratios = [two / first for two, first in zip(runs.rates, one.rates, strict=True)]
            figures.append(replace(figures[-1], ratios=ratios, baseline="one worker", name=f"{name}, again", cpu=()))
        else:
            figures.append(
                Figure(part="outbound", name="planned before", unit="rows/s", database=kind, values=runs.fills)
            )
    return figures
