"""Statements that go past SQLAlchemy mean what they mean through it, inside the same transaction, on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, insert, select, update

from store.columns import table
from store.inserts import Inserts
from store.people import PersonTable
from store.prepared import each, run
from store.switches import SwitchTable

MOMENT = datetime(2026, 6, 25, 17, 30, 0, 5, tzinfo=UTC)
person, switch = table(PersonTable), table(SwitchTable)
COLUMNS = ("id", "created_at", "opted_out_at", "language")


def since(_dialect):
    at = bindparam("at", type_=person.c.created_at.type)
    return (
        select(person.c.id, person.c.created_at, person.c.opted_out_at)
        .where(person.c.created_at >= at)
        .order_by(person.c.id)
    )


def opted(_dialect):
    out_at = bindparam("out_at", type_=person.c.opted_out_at.type)
    return update(person).where(person.c.id == bindparam("mine")).values(opted_out_at=out_at)


def thrown(_dialect):
    return select(switch.c.name, switch.c.on).where(switch.c.on == bindparam("on"))


@pytest.fixture
async def people(database):
    """Three of them; one has a moment in another zone."""
    hanoi = MOMENT.astimezone(timezone(timedelta(hours=7)))
    rows = [
        ("a", MOMENT, None, "vi"),
        ("b", hanoi + timedelta(microseconds=1), None, "vi"),
        ("c", MOMENT, MOMENT, "vi"),
    ]
    async with database.transaction() as tx:
        assert await Inserts(person, COLUMNS).write(tx, rows) == 3
    yield
    async with database.transaction() as tx:
        await tx.execute(person.delete())


async def test_values_go_in_and_come_out_as_they_do_through_sqlalchemy(database, people) -> None:
    async with database.reading() as tx:
        found = await run(tx, since, {"at": MOMENT})
        same = (await tx.execute(since(None), {"at": MOMENT})).all()
        later = await run(tx, since, {"at": MOMENT + timedelta(microseconds=1)})

    assert [tuple(row) for row in found] == [tuple(row) for row in same]
    assert [(row.id, row.opted_out_at) for row in found] == [("a", None), ("b", None), ("c", MOMENT)]
    assert found[1].created_at == MOMENT + timedelta(microseconds=1)
    assert [row.id for row in later] == ["b"]


async def test_a_truth_comes_back_as_one(database) -> None:
    async with database.transaction() as tx:
        await tx.execute(insert(switch), {"name": "x", "on": True, "at": MOMENT, "by": "b", "why": ""})

        found = await run(tx, thrown, {"on": True})
        await tx.execute(switch.delete())

    assert [(row.name, row.on) for row in found] == [("x", True)]
    assert found[0].on is True


async def test_what_is_not_committed_is_undone(database, people) -> None:
    async with database.transaction() as tx:
        await each(tx, opted, [{"mine": "a", "out_at": MOMENT}, {"mine": "b", "out_at": MOMENT}])
        assert [row.opted_out_at for row in await run(tx, since, {"at": MOMENT})] == [MOMENT] * 3
        await tx.rollback()

    async with database.reading() as tx:
        assert [row.opted_out_at for row in await run(tx, since, {"at": MOMENT})] == [None, None, MOMENT]


async def test_one_reading_sees_one_state(database, people) -> None:
    async with database.reading() as tx:
        before = await run(tx, since, {"at": MOMENT})
        if database.dialect == "sqlite":  # PostgreSQL's readings see each statement's moment
            async with database.transaction() as other:
                await each(other, opted, [{"mine": "a", "out_at": MOMENT}])
            assert await run(tx, since, {"at": MOMENT}) == before

    async with database.transaction() as tx:
        await each(tx, opted, [{"mine": "a", "out_at": MOMENT}])
    async with database.reading() as tx:
        assert await run(tx, since, {"at": MOMENT}) != before


async def test_a_moment_without_its_zone_is_refused(database, people) -> None:
    async with database.reading() as tx:
        with pytest.raises(ValueError, match="zone"):
            await run(tx, since, {"at": datetime(2026, 6, 25)})  # noqa: DTZ001
        with pytest.raises(KeyError):
            await run(tx, since, {})


async def test_a_row_that_stands_already_is_not_counted(database, people) -> None:
    anew = Inserts(person, COLUMNS, "ON CONFLICT (id) DO NOTHING")
    async with database.transaction() as tx:
        written = await anew.write(tx, [("a", MOMENT, None, "vi"), ("d", MOMENT, None, "vi")])
        nothing = await anew.write(tx, [])

    assert (written, nothing) == (1, 0)
