"""Dossiers handed over while the web processes are killed: what was answered is kept, what was not is said again."""

import asyncio
from collections import Counter

from sqlalchemy import select

from store.columns import table
from store.dossiers import DossierTable, StatusTable
from tests.chaos.crew import Worker, free_port
from tests.chaos.ground import Field, Ground, field_of
from tests.chaos.report import Report, reported
from tests.chaos.source import Source
from web.guard import SCOPES


async def acceptance(ground: Ground) -> Report:
    """On PostgreSQL a call is said again at any of two processes; on SQLite to the one that does everything."""
    with reported("acceptance", ground) as report:
        async with field_of(ground, idempotent=True) as field:
            doors = {f"http://127.0.0.1:{port}": port for port in _ports(ground)}
            source = Source(field, list(doors), await _key(field))
            behind = {door: await _opened(field, port) for door, port in doors.items()}
            if ground.kind == "postgresql":
                await field.start("sender")
            kills = ground.times(40, least=4)
            async with source.calling():
                for number in range(kills):
                    door = await source.until_answered(ground.chance.randint(1, 12))
                    await asyncio.sleep(ground.chance.uniform(0.0, 0.05))
                    await field.crew.kill(behind[door])
                    report.expect(await field.whole(), f"the database is damaged after kill {number + 1}")
                    behind[door] = await _opened(field, doors[door])
                await source.until_answered(1)
            await field.until_quiet(seconds=120)
            await _looked(field, source, report)
            report.figures |= {"kills": kills, "calls without an answer": source.unanswered}
            report.figures["taken all the same"] = source.kept
    return report


async def _looked(field: Field, source: Source, report: Report) -> None:
    """Each dossier stands once with one step behind it, and its notice has left once."""
    dossier, step = table(DossierTable), table(StatusTable)
    async with field.rooms.store.database.reading() as tx:
        codes = {row.id: row.code for row in await tx.execute(select(dossier.c.id, dossier.c.code))}
        steps = Counter((await tx.execute(select(step.c.dossier_id))).scalars())
    promised = {one.key for one in source.accepted}
    missing = promised - set(codes.values())
    await report.judged(field, source)
    report.expect(not missing, f"{len(missing)} dossiers were answered for and are not there")
    report.expect(len(codes) == len(promised), f"{len(codes)} dossiers stand, {len(promised)} were handed over")
    report.expect(
        set(steps.values()) == {1} and steps.keys() == codes.keys(), "a step was written twice, or not at all"
    )
    report.expect(not source.halves, f"a call was taken by half, or twice: {source.halves[:5]}")
    report.expect(source.unanswered > 0, "no kill met a call on its way")
    if (verdict := report.verdict) is not None:
        report.expect(verdict.received == verdict.accepted, "not everybody was told")


def _ports(ground: Ground) -> list[int]:
    return [free_port() for _ in range(2 if ground.kind == "postgresql" else 1)]


async def _key(field: Field) -> str:
    store = field.rooms.store
    async with store.database.transaction() as tx:
        return await store.keys.add(tx, "igate", scopes=SCOPES, agency=None, at=field.now())


async def _opened(field: Field, port: int) -> Worker:
    role = "web" if field.ground.kind == "postgresql" else "all"
    config = field.config | {"web": {"port": port, "api_per_second": 10_000}}
    return await field.crew.start(role, config, clock=field.clock)
