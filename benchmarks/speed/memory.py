"""Memory: the most that a worker's process ever held, with a small and with a large bulk notice in its queue."""

from benchmarks.speed import house
from benchmarks.speed.figures import Figure
from benchmarks.speed.servers import Kind
from benchmarks.speed.service import serving
from benchmarks.speed.setting import Judge, Setting, free_port, gateway, said
from delivery.event import EventName

QUIET = 60.0
_MEGABYTE = 1_000_000


async def measure(setting: Setting) -> list[Figure]:
    """One round a size: a peak is a peak."""
    sizes = [setting.of(1_000, 10_000, 10_000), setting.of(10_000, 100_000, 500_000)]
    figures: list[Figure] = []
    async with gateway() as judge:
        for kind in setting.databases:
            peaks = [await _peak(setting, judge, kind, size) for size in sizes]
            figures += [
                Figure(
                    part="memory",
                    name=f"peak with a bulk of {size:,}",
                    unit="MB",
                    database=kind,
                    values=[peak],
                    ratios=[peak / peaks[0]] if size != sizes[0] else (),
                    baseline=f"{sizes[0]:,}" if size != sizes[0] else "",
                )
                for size, peak in zip(sizes, peaks, strict=True)
            ]
    return figures


async def _peak(setting: Setting, judge: Judge, kind: Kind, size: int) -> float:
    """The whole service on SQLite, the worker on PostgreSQL, from its start to the last message."""
    url = await setting.fresh(kind)
    await house.make_schema(url)
    configured = house.config(url, judge.url, senders=16, client=setting.http) | {"web": {"port": free_port()}}
    async with house.rooms(configured) as rooms:
        await house.fill(rooms, size, event=EventName.NOTICE)
    await judge.program.ask(do="reset")
    role = "all" if kind == "sqlite" else "worker"
    async with serving(setting.folder / f"memory-{kind}-{size}", configured, role) as (service,):
        counted = await judge.program.ask(do="wait", distinct=size, quiet=QUIET)
        assert counted["distinct"] == size
        peak = service.peak() / _MEGABYTE
    said(f"memory: {kind}, {size:,} queued: {peak:.0f} MB")
    await setting.drop(url)
    return peak
