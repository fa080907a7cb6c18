"""Inbound: signed webhooks, stored durably before they are answered, each about one dossier among half a million.

How many a second, as a share of a handler that only checks the signature; and how long until the citizen's answer is
at the gateway, alone and while a bulk notice goes out at full speed.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from statistics import mean
from typing import Any

from benchmarks.speed import house, past
from benchmarks.speed.accept import dossier, percentile
from benchmarks.speed.citizens import APP, PAGE, SECRET
from benchmarks.speed.figures import Figure
from benchmarks.speed.program import Answer, Program
from benchmarks.speed.servers import Kind
from benchmarks.speed.service import Service, serving
from benchmarks.speed.setting import Judge, Setting, free_port, gateway, said
from delivery.event import EventName

RATE = 30.0
"""Questions a second while their answers are timed."""

QUIET = 20.0
WARMING = 9_000_000
"""The first of the citizens who ask before anything is measured, so that nothing is cold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A service that stands, its database full of dossiers, and the citizens who will ask."""

    setting: Setting
    kind: Kind
    judge: Judge
    configured: dict[str, Any]
    services: list[Service]
    citizens: Program

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.configured['web']['port']}/webhooks/zalo"

    def cpu(self) -> float:
        return sum(service.cpu() for service in self.services) + self.setting.server_cpu(self.kind)


@dataclass
class Flood:
    """What came of many citizens at once, round by round."""

    bare: list[float] = field(default_factory=list)
    stored: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    refused: int = 0
    unanswered: int = 0

    def add(self, count: int, bare: float, told: Answer, counted: Answer) -> None:
        self.bare.append(bare)
        self.stored.append(count / told["seconds"])
        self.answered.append(counted["distinct"] / max(0.001, counted["last"] - told["began"]))
        self.refused += told["refused"]
        self.unanswered += count - counted["distinct"]

    def figures(self, kind: Kind) -> list[Figure]:
        stored = Figure(
            part="inbound",
            name="webhooks stored",
            unit="/s",
            database=kind,
            values=self.stored,
            ratios=[mine / bare for mine, bare in zip(self.stored, self.bare, strict=True)],
            baseline="bare check",
            cpu=self.cpu,
            note=f"not 200: {self.refused}; unanswered: {self.unanswered}",
        )
        bare = Figure(part="inbound", name="bare signature check", unit="/s", database=kind, values=self.bare)
        return [
            bare,
            stored,
            replace(stored, name="answers at the gateway", values=self.answered, ratios=(), baseline="", cpu=()),
        ]


async def measure(setting: Setting) -> list[Figure]:
    """Requests a second."""
    return [figure for kind in setting.databases for figure in await _flooded(setting, kind)]


async def measure_latency(setting: Setting) -> list[Figure]:
    """From webhook to answer."""
    return [figure for kind in setting.databases for figure in await _timed(setting, kind)]


async def _flooded(setting: Setting, kind: Kind) -> list[Figure]:
    """Each flood stands between two of the bare handler; it is over when the last citizen has an answer."""
    count = setting.of(2_000, 10_000, 20_000)
    flood, port = Flood(), free_port()
    handler = await Program.start("benchmarks.speed.signature", {"port": port})
    async with staged(setting, kind) as scene:
        await scene.citizens.ask(do="burst", url=scene.url, first=WARMING, count=100)
        await scene.judge.program.ask(do="wait", of="zalo", distinct=100, quiet=QUIET)
        before = await _bare(scene, port, count)
        for number in range(setting.rounds):
            await scene.judge.program.ask(do="reset")
            spent = scene.cpu()
            told = await scene.citizens.ask(do="burst", url=scene.url, first=number * count, count=count)
            counted = await scene.judge.program.ask(do="wait", of="zalo", distinct=count, quiet=QUIET)
            flood.cpu.append((scene.cpu() - spent) * 1_000 / count)
            after = await _bare(scene, port, count)
            flood.add(count, mean([before, after]), told, counted)
            said(
                f"inbound {number + 1}: {kind}: {flood.stored[-1]:,.0f}/s stored, {flood.answered[-1]:,.0f}/s answered"
            )
            before = after
    await handler.close()
    return flood.figures(kind)


async def _bare(scene: Scene, port: int, count: int) -> float:
    url = f"http://127.0.0.1:{port}/webhooks/zalo"
    told = await scene.citizens.ask(do="burst", url=url, first=0, count=count)
    assert told["refused"] == 0
    return count / float(told["seconds"])


async def _timed(setting: Setting, kind: Kind) -> list[Figure]:
    """Each round: alone, then beside a bulk notice; only answers that were asked for while it went out count there."""
    alone: list[list[float]] = []
    beside: list[list[float]] = []
    speeds: list[float] = []
    async with staged(setting, kind) as scene:
        await _asked(scene, first=WARMING, count=int(RATE))
        for number in range(setting.rounds):
            alone.append(await _asked(scene, first=2 * number * 100_000, count=setting.of(150, 900, 1_800)))
            times, speed = await _asked_beside_bulk(scene, first=(2 * number + 1) * 100_000)
            beside.append(times)
            speeds.append(speed)
            said(
                f"latency {number + 1}: {kind}: p99 {percentile(alone[-1], 99):.0f} and {percentile(times, 99):.0f} ms"
            )
    figures = []
    for share, called in ((50, "p50"), (99, "p99"), (100, "the longest")):
        calm, busy = ([percentile(times, share) for times in rounds] for rounds in (alone, beside))
        name = f"webhook to answer, {called}"
        figures.append(Figure(part="latency", name=f"{name}, alone", unit="ms", database=kind, values=calm))
        ratios = [more / less for more, less in zip(busy, calm, strict=True)]
        figures.append(
            Figure(
                part="latency",
                name=f"{name}, beside bulk",
                unit="ms",
                database=kind,
                values=busy,
                ratios=ratios,
                baseline="alone",
                note=f"{min(map(len, beside))} answers or more a round",
            )
        )
    return [*figures, Figure(part="latency", name="the bulk meanwhile", unit="/s", database=kind, values=speeds)]


async def _asked(scene: Scene, *, first: int, count: int) -> list[float]:
    """Milliseconds from each question to its answer; a question without an answer is an error of the measurement."""
    await scene.judge.program.ask(do="reset")
    sent = (await scene.citizens.ask(do="paced", url=scene.url, first=first, count=count, rate=RATE))["sent"]
    await scene.judge.program.ask(do="wait", of="zalo", distinct=count, quiet=QUIET)
    arrived = (await scene.judge.program.ask(do="arrivals", of="zalo"))["arrived"]
    return [1_000 * (arrived[name] - at) for name, at in sent.items()]


async def _asked_beside_bulk(scene: Scene, *, first: int) -> tuple[list[float], float]:
    """The same while a bulk notice, planned while sending was held, goes out; and the bulk's messages a second."""
    bulk = scene.setting.of(5_000, 100_000, 100_000)
    count = scene.setting.of(150, 900, 1_800)
    program = scene.judge.program
    await scene.services[0].command("stop")
    async with house.rooms(scene.configured) as rooms:
        await house.fill(rooms, bulk, event=EventName.NOTICE, first=first)
    await program.ask(do="reset")
    await scene.services[0].command("resume")
    sent = (await scene.citizens.ask(do="paced", url=scene.url, first=first, count=count, rate=RATE))["sent"]
    await program.ask(do="wait", of="zalo", distinct=count, quiet=QUIET)
    went = await program.ask(do="wait", of="sms", distinct=bulk, quiet=QUIET)
    assert went["distinct"] == bulk
    arrived = (await program.ask(do="arrivals", of="zalo"))["arrived"]
    during = [(at, arrived[name]) for name, at in sent.items() if went["first"] <= at <= went["last"]]
    assert during, "the bulk was over before anybody asked: it must be larger"
    return [1_000 * (came - at) for at, came in during], bulk / (went["last"] - went["first"])


@asynccontextmanager
async def staged(setting: Setting, kind: Kind) -> AsyncIterator[Scene]:
    """On SQLite one process for everything, on PostgreSQL the web and a worker apart, as departments run them."""
    url = await setting.fresh(kind)
    await house.make_schema(url)
    async with gateway() as judge:
        configured = _configured(url, judge.url, setting.http)
        asked = await _dossiers(configured)
        await past.multiply(url, past.DOSSIERS, setting.of(20_000, 500_000, 500_000) // asked)
        roles = ("all",) if kind == "sqlite" else ("web", "worker")
        citizens = await Program.start("benchmarks.speed.citizens", {"dossiers": asked})
        async with serving(setting.folder / f"inbound-{kind}", configured, *roles) as services:
            yield Scene(
                setting=setting, kind=kind, judge=judge, configured=configured, services=services, citizens=citizens
            )
        await citizens.close()
    await setting.drop(url)


async def _dossiers(configured: dict[str, Any]) -> int:
    """A thousand real dossiers that citizens ask about, taken in by the house; nobody is told of them."""
    async with house.rooms(configured) as rooms:
        rows = [dossier(number, house.now()) for number in range(past.SEED)]
        results = await rooms.intake.take(rows, source="igate", first_load=True)
    assert {result.outcome.value for result in results} == {"created"}
    return past.SEED


def _configured(url: str, judge: str, client: str) -> dict[str, Any]:
    """The product's own numbers of senders and connections; Zalo beside SMS."""
    configured = house.config(url, judge, senders=16, client=client)
    zalo = {
        "enabled": True,
        "app_id": APP,
        "app_secret": "the benchmark's app secret",
        "oa_id": PAGE,
        "oa_secret_key": SECRET,
        "refresh_token": "r",
        "api_base": judge,
        "oauth_base": judge,
        "business_base": judge,
    }
    configured["channels"] = configured["channels"] | {"zalo": zalo}
    return configured | {"web": {"port": free_port()}, "routing": {"order": ["sms", "zalo"], "quiet_hours": ""}}
