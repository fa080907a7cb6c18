"""Where a scenario plays: an empty database with the schema, the configuration of its workers, and what is read later.

What is read is plain: how each message stands, and when a dead worker's messages were found.
"""

import asyncio
import random
import statistics
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import func, select, text

import store
from motcua.config import parse
from motcua.rooms import Rooms, opened
from store.columns import metadata, table
from store.database import Database
from store.dossiers import DossierTable
from store.outbox.tables import attempt, message, queue
from tests.chaos.carrier import SENDER, TOKEN, Carrier
from tests.chaos.crew import Crew
from tests.chaos.postgres import Server
from tests.chaos.workers import wrong_clock

KEY = "a secret key that is long enough for tests"
Kind = Literal["sqlite", "postgresql"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a scenario is given. `scale`: 1 is `make chaos`'s own size. `server`: where the database is PostgreSQL."""

    kind: Kind
    url: str
    folder: Path
    seed: int
    scale: float = 1.0
    server: Server | None = None
    chance: random.Random = field(default_factory=random.Random)

    def patience(self, seconds: float) -> float:
        """A limit of time that is a promise at full size; the short form runs beside a whole suite of tests."""
        return seconds if self.scale >= 0.1 else 3 * seconds

    def times(self, number: float, *, least: int = 1) -> int:
        """So many at full size, fewer in the short form."""
        return max(least, round(number * self.scale))

    def config(self, carrier: Carrier, **sections: Any) -> dict[str, Any]:
        """What the workers are configured with: one gateway, everything live and told at once."""
        gateway = {"url": f"{carrier.url}/send", "token": TOKEN, "sender": SENDER, "timeout_seconds": 1.5}
        http = gateway | {"idempotent": carrier.idempotent}
        return {
            "security": {"secret_key": KEY},
            "database": {"url": self.url},
            "delivery": {"mode": "live", "settling": False},
            "routing": {"order": ["sms"], "quiet_hours": ""},
            "channels": {"sms": {"enabled": True, "gateways": ["http"], "http": http, "connections": 16}},
        } | sections


@dataclass(slots=True)
class Field:
    """A scenario under way: the carrier, the processes, and a planner of our own beside them."""

    ground: Ground
    carrier: Carrier
    crew: Crew
    rooms: Rooms
    config: dict[str, Any]
    clock: Path

    def now(self) -> datetime:
        return self.rooms.clock()

    async def start(self, part: str, number: int = 1) -> None:
        for _ in range(number):
            await self.crew.start(part, self.config, clock=self.clock)

    def wrong_by(self, seconds: float) -> None:
        """Everybody's clock is wrong by so much from now on."""
        with self.clock.open("r+b") as file:
            file.write(struct.pack("d", seconds))

    async def rate(self, seconds: float) -> float:
        """Messages a second at the carrier, for so long."""
        before = self.carrier.taken
        await asyncio.sleep(seconds)
        return (self.carrier.taken - before) / seconds

    async def open_messages(self) -> int:
        """How many still wait or are being sent."""
        query = select(func.count()).select_from(queue).where(queue.c.state.in_(["waiting", "sending"]))
        async with self.rooms.store.database.reading() as tx:
            return int((await tx.execute(query)).scalar_one())

    async def until_quiet(self, *, seconds: float, meanwhile: Callable[[], Any] | None = None) -> float:
        """Until nothing waits and nothing is under way; how long it took. TimeoutError with what the workers said."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while loop.time() - began < seconds:
            if meanwhile is not None:
                await meanwhile()
            if await self.patiently(self.open_messages) == 0:
                return loop.time() - began
            await asyncio.sleep(0.2)
        raise TimeoutError(f"{await self.open_messages()} messages are still open; {self.crew.said()}")

    async def patiently(self, ask: Callable[[], Any], *, seconds: float = 30) -> Any:
        """The same question again while the database is away."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            try:
                return await ask()
            except Exception:
                if asyncio.get_running_loop().time() > end:
                    raise
                await asyncio.sleep(0.2)

    async def whole(self) -> bool:
        """Whether SQLite finds nothing damaged; PostgreSQL looks after itself."""
        if self.ground.kind == "postgresql":
            return True
        async with self.rooms.store.database.reading() as tx:
            return (await tx.execute(text("PRAGMA integrity_check"))).scalars().all() == ["ok"]

    async def states(self) -> dict[str, str]:
        """How each message stands, by the dossier's code that it bears."""
        dossier = table(DossierTable)
        code = func.coalesce(dossier.c.code, message.c.about).label("code")  # a load without dossiers tells of codes
        names_of = select(message.c.id, code).outerjoin_from(message, dossier, dossier.c.id == message.c.about)
        ends = select(attempt.c.message_id, attempt.c.final_state).where(attempt.c.final_state.is_not(None))
        async with self.rooms.store.database.reading() as tx:
            names = {row.id: row.code for row in await tx.execute(names_of)}
            states = [(row.message_id, row.final_state) for row in await tx.execute(ends)]
            states += [(row.message_id, row.state) for row in await tx.execute(select(queue))]
        found: dict[str, str] = {}
        for message_id, state in states:
            key = names[message_id]
            # two ends, or an end and a place in the queue: no state that a judge would let pass
            found[key] = f"{found[key]} and {state}" if key in found else str(state)
        return found

    async def doubted(self) -> set[str]:
        """The codes of what was in doubt for a while, at least, until somebody was asked: it holds nobody up."""
        doubts = select(message.c.about).where(
            message.c.id.in_(select(attempt.c.message_id).where(attempt.c.step == "unknown"))
        )
        async with self.rooms.store.database.reading() as tx:
            return set((await tx.execute(doubts)).scalars())

    async def recoveries(self, kills: list[datetime]) -> list[float]:
        """Seconds from a worker's death until its messages were found, a message each; at most so many.

        Which worker had a message is not known outside: the first that died after it had begun is taken for it.
        """
        query = select(attempt.c.message_id, attempt.c.step, attempt.c.detail, attempt.c.at).order_by(attempt.c.id)
        begun: dict[str, datetime] = {}
        found: list[float] = []
        async with self.rooms.store.database.reading() as tx:
            for row in await tx.execute(query):
                if row.step == "sending":
                    begun[row.message_id] = row.at
                elif row.detail == "worker_lost" and row.message_id in begun:
                    died = min((kill for kill in kills if kill >= begun[row.message_id]), default=None)
                    found += [] if died is None else [(row.at - died).total_seconds()]
        return found


def middle_and_most(seconds: list[float]) -> str:
    """How a list of times reads in a report."""
    return f"p50 {statistics.median(seconds):.1f} s, max {max(seconds):.1f} s" if seconds else "none to recover"


@asynccontextmanager
async def field_of(
    ground: Ground, *, idempotent: bool = False, pace: float = 0.005, **sections: Any
) -> AsyncIterator[Field]:
    """Everything but the workers, open; all processes are gone when it closes."""
    clock = ground.folder / "clock"
    clock.write_bytes(bytes(8))
    await prepare(ground.url)
    log = ground.folder / "received.jsonl"
    async with (
        Carrier(log, ground.chance, idempotent=idempotent, pace=pace) as carrier,
        Crew(ground.folder) as crew,
        opened(parse(ground.config(carrier, **sections)), clock=wrong_clock(str(clock))) as rooms,
    ):
        yield Field(
            ground=ground,
            carrier=carrier,
            crew=crew,
            rooms=rooms,
            config=ground.config(carrier, **sections),
            clock=clock,
        )


async def prepare(url: str) -> None:
    """The schema as the models have it, marked as the newest; tests/store/test_migrations.py holds the two equal."""
    from alembic.script import ScriptDirectory

    newest = ScriptDirectory(str(Path(store.__file__ or "").parent / "migrations")).get_current_head()
    database = Database(url)
    await database.open()
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
        await tx.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
        await tx.execute(text("DELETE FROM alembic_version"))
        await tx.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": newest})
    await database.close()
