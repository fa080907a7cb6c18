"""SQLite's writer on the event loop: what is cut off, what waits for another process, what is closed."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from store.database import Database


@pytest.fixture
async def database(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    await database.open()
    async with database.transaction() as tx:
        await tx.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
    yield database
    await database.close()


async def count(database: Database) -> int:
    async with database.reading() as tx:
        return (await tx.execute(text("SELECT count(*) FROM t"))).scalar_one()


async def test_a_transaction_that_is_cut_off_writes_nothing_and_the_next_one_works(database) -> None:
    begun = asyncio.Event()

    async def write() -> None:
        async with database.transaction() as tx:
            await tx.execute(text("INSERT INTO t VALUES (1)"))
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with database.transaction() as tx:
        await tx.execute(text("INSERT INTO t VALUES (2)"))

    async with database.reading() as tx:
        assert (await tx.execute(text("SELECT n FROM t"))).scalars().all() == [2]


async def test_the_loop_turns_while_another_process_holds_the_database(database, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    turned = 0

    async def write() -> None:
        async with database.transaction() as tx:
            await tx.execute(text("INSERT INTO t VALUES (1)"))

    task = asyncio.create_task(write())
    for _ in range(20):
        await asyncio.sleep(0.005)
        turned += 1
    waited = not task.done()
    other.execute("COMMIT")
    other.close()
    await task

    assert waited
    assert turned == 20
    assert await count(database) == 1


async def test_a_statement_that_fails_takes_its_transaction_with_it(database) -> None:
    async def write() -> None:
        async with database.transaction() as tx:
            await tx.execute(text("INSERT INTO t VALUES (1)"))
            await tx.execute(text("SELECT * FROM nowhere"))

    with pytest.raises(OperationalError):
        await write()

    assert await count(database) == 0


async def test_many_rows_at_once_are_written_whole(database) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("INSERT INTO t VALUES (:n)"), [{"n": n} for n in range(5_000)])

    assert await count(database) == 5_000


async def test_a_long_log_is_brought_back_beside_the_writers_way(database, tmp_path: Path) -> None:
    """Only a checkpoint writes into the database's own file, and no commit makes one."""
    async with database.transaction() as tx:
        await tx.execute(text("CREATE TABLE big (a BLOB)"))
        await tx.execute(text("INSERT INTO big VALUES (zeroblob(8000000))"))
    size = (tmp_path / "a.db").stat().st_size

    for _ in range(200):
        if (tmp_path / "a.db").stat().st_size >= 8_000_000:
            break
        await asyncio.sleep(0.05)

    assert size < 1_000_000
    assert (tmp_path / "a.db").stat().st_size >= 8_000_000
