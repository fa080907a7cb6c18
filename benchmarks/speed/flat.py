"""Flatness: what a message costs with nothing behind it, and with a million or five million messages of the past."""

from benchmarks.speed import past
from benchmarks.speed.figures import Figure
from benchmarks.speed.outbound import Runs, drained
from benchmarks.speed.servers import Kind
from benchmarks.speed.setting import Judge, Setting, gateway, said


async def measure(setting: Setting) -> list[Figure]:
    figures: list[Figure] = []
    async with gateway(setting.delay) as judge:
        for kind in setting.databases:
            figures += await _of(setting, judge, kind)
    return figures


async def _of(setting: Setting, judge: Judge, kind: Kind) -> list[Figure]:
    """The same drain on databases with pasts of different lengths, in turn."""
    count = setting.of(2_000, 10_000, 20_000)
    pasts = sorted({0, setting.of(50_000, 1_000_000, 1_000_000), setting.of(50_000, 1_000_000, 5_000_000)})
    urls = {}
    for length in pasts:
        urls[length] = await past.messages(setting, judge, kind, length)
        said(f"flat: {kind} with {length:,} past messages is ready")
    lines = {length: Runs() for length in pasts}
    for number in range(setting.rounds):
        for length, url in urls.items():
            run = await drained(setting, judge, kind, count, url=url, first=past.SEED + number * count)
            lines[length].add(run, 1.0)
            said(f"flat {number + 1}: {kind}, {length:,}: {run.rate:,.0f}/s, {run.cpu_per_1000:.3f} CPU s/1,000")
    for url in urls.values():
        await setting.drop(url)
    return [_figure(kind, length, lines[length], lines[0]) for length in pasts]


def _figure(kind: Kind, length: int, runs: Runs, empty: Runs) -> Figure:
    return Figure(
        part="flat",
        name=f"CPU with {length:,} past",
        database=kind,
        unit="s/1,000",
        values=runs.cpu,
        ratios=[mine / first for mine, first in zip(runs.cpu, empty.cpu, strict=True)] if length else (),
        baseline="nothing past" if length else "",
        cpu=runs.cpu,
        note=f"{min(runs.rates):,.0f} – {max(runs.rates):,.0f}/s; lost {runs.lost}, doubled {runs.doubled}",
    )
