"""Counts of what is spent: exact across connections, made from the history where they are missing."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from store.ids import first
from store.nouns import Store
from store.outbox.tables import Draft, Move, State

DAY = ("all", "2026-06-25")


async def sent(store: Store, clock, price: int | None, *, agency: str | None = None, step: str = "accepted") -> str:
    """A message, and one line in its history."""
    draft = Draft(
        id=store.ids(),
        natural_key=store.seal.hash("k", store.ids()),
        recipient=store.seal.hash("r", store.ids()),
        person_id="p",
        event="done",
        about="d",
        lane=1,
        created_at=clock(),
        due_at=clock(),
        expires_at=clock() + timedelta(hours=72),
        body={},
        agency=agency,
        notice_id="n1",
    )
    move = Move(
        message_id=draft.id,
        at=clock(),
        step=step,
        state=State.ACCEPTED,
        attempt=1,
        due_at=clock(),
        channel="sms",
        path="sms",
        price=price,
        parts=2,
    )
    async with store.database.transaction() as tx:
        await store.outbox.put(tx, [draft])
        await store.outbox.move(tx, [move])
    return draft.id


async def used(store: Store) -> int:
    async with store.database.reading() as tx:
        return (await store.spending.read(tx, [DAY]))[DAY].used


async def test_counts_of_several_at_once_lose_nothing(store: Store) -> None:
    async with store.database.transaction() as tx:
        await store.spending.begin(tx, DAY, used=0, most=None)

    async def spend() -> None:
        async with store.database.transaction() as tx:
            await store.spending.lock(tx)
            await store.spending.add(tx, {DAY: 10})

    await asyncio.gather(*(spend() for _ in range(8)))

    assert await used(store) == 80


async def test_who_looks_under_the_lock_sees_what_the_one_before_has_spent(store: Store) -> None:
    async with store.database.transaction() as tx:
        await store.spending.begin(tx, DAY, used=0, most=50)

    async def spend_if_it_fits() -> bool:
        async with store.database.transaction() as tx:
            await store.spending.lock(tx)
            fits = (await store.spending.read(tx, [DAY]))[DAY].used + 20 <= 50
            if fits:
                await asyncio.sleep(0.01)
                await store.spending.add(tx, {DAY: 20})
            return fits

    went = await asyncio.gather(*(spend_if_it_fits() for _ in range(6)))

    assert sum(went) == 2
    assert await used(store) == 40


async def test_a_count_begins_once(store: Store) -> None:
    async with store.database.transaction() as tx:
        await store.spending.begin(tx, DAY, used=7, most=50)
        await store.spending.begin(tx, DAY, used=0, most=50)

    assert await used(store) == 7


async def test_the_history_tells_what_was_spent_in_a_time_by_all_and_by_an_agency(store: Store, clock) -> None:
    await sent(store, clock, 999)
    clock.advance(days=1)
    since = clock()
    await sent(store, clock, 420, agency="H36.21")
    await sent(store, clock, 300)
    await sent(store, clock, None)
    await sent(store, clock, -300, step="undelivered")  # of a day before, perhaps

    async with store.database.reading() as tx:
        until = since + timedelta(days=1)
        assert await store.spending.spent(tx, since, until) == {"H36.21": 420, None: 300}
        assert await store.spending.spent(tx, until, until + timedelta(days=1)) == {}


async def test_what_a_notice_has_cost_by_channel(store: Store, clock) -> None:
    await sent(store, clock, 420)
    await sent(store, clock, 840)

    async with store.database.reading() as tx:
        assert await store.spending.of_notice(tx, "n1") == {"sms": 1260}
        assert await store.spending.of_notice(tx, "n2") == {}


async def test_lines_come_page_by_page_and_none_twice(store: Store, clock) -> None:
    ids = [await sent(store, clock, 1) for _ in range(5)]
    since, until = clock() - timedelta(hours=1), clock() + timedelta(hours=1)
    found, after = [], ""

    async with store.database.reading() as tx:
        while page := await store.spending.lines(tx, since, until, ["accepted"], after=after, limit=2):
            after = page[-1][0]
            found += [message_id for _, message_id in page]

    assert found == ids


async def test_the_least_of_both_limits_binds(store: Store, clock) -> None:
    async with store.database.transaction() as tx:
        await store.spending.begin(tx, DAY, used=30, most=100)
        await store.spending.cap(tx, DAY, 5, clock())
        await store.spending.begin(tx, ("zalo", "2026-06-25"), used=3, most=None)
        standing = await store.spending.standing(tx, ["2026-06-25"])

    assert [(one.scope, one.limit) for one in standing] == [("all", 35)]


def test_the_first_id_of_a_moment_lies_between_those_before_and_after(store: Store, clock) -> None:
    before = store.ids()
    clock.advance(milliseconds=1)
    moment = clock()
    after = store.ids()

    assert before < first(moment) <= after


@pytest.mark.parametrize("question", ["spent", "lines", "by"])
async def test_a_time_is_found_by_the_key_and_not_by_reading_all_history(store: Store, clock, question: str) -> None:
    for _ in range(3):
        await sent(store, clock, 1)
    statements: list[tuple[str, object]] = []
    since, until = clock() - timedelta(hours=1), clock() + timedelta(hours=1)

    async with store.database.reading() as tx:

        def heard(_connection, _cursor, statement, parameters, _context, _many) -> None:
            statements.append((statement, parameters))

        event.listen(tx.sync_connection, "before_cursor_execute", heard)
        more = (["accepted"],) if question == "lines" else ()
        await getattr(store.spending, question)(tx, since, until, *more)
        event.remove(tx.sync_connection, "before_cursor_execute", heard)
        statement, parameters = statements[-1]
        if store.database.dialect == "postgresql":
            await tx.execute(text("SET LOCAL enable_seqscan = off"))
        prefix = "EXPLAIN QUERY PLAN " if store.database.dialect == "sqlite" else "EXPLAIN "
        plan = "\n".join(str(row) for row in (await tx.exec_driver_sql(prefix + statement, parameters)).all())

    assert "sqlite_autoindex_attempt_1" in plan or "pk_attempt" in plan, plan
