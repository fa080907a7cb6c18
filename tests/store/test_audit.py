"""The audit trail: whatever is changed in it is found."""

import asyncio
import random
from datetime import timedelta

import pytest
from sqlalchemy import column, select, text, update

from store.audit import AuditTable, Head
from store.columns import table
from store.nouns import Store

AUDIT = table(AuditTable)


@pytest.fixture
async def trail(store: Store, clock) -> Store:
    """Twelve entries, by three people."""
    async with store.database.transaction() as tx:
        for number in range(12):
            at = clock() + timedelta(seconds=number)
            detail = {"n": number, "vì": "gọi lại"}
            await store.audit.record(tx, f"staff{number % 3}", "person.show_phone", f"dossier:{number}", detail, at=at)
    return store


async def test_an_untouched_trail_holds(trail: Store) -> None:
    async with trail.database.reading() as tx:
        verdict = await trail.audit.verify(tx)

    assert verdict.holds
    assert verdict.count == 12


TAMPERS = [
    ("another action", "UPDATE audit SET action = 'nothing' WHERE number = 5", 5),
    ("another person", "UPDATE audit SET who = 'staff2' WHERE number = 4", 4),
    ("another subject", "UPDATE audit SET subject = 'dossier:99' WHERE number = 6", 6),
    (
        "a detail of another entry",
        "UPDATE audit SET sealed = (SELECT sealed FROM audit WHERE number = 2) WHERE number = 3",
        3,
    ),
    ("another detail's hash", "UPDATE audit SET detail_hash = mark WHERE number = 3", 3),
    ("a deleted entry", "DELETE FROM audit WHERE number = 7", 8),
    ("the first entry deleted", "DELETE FROM audit WHERE number = 1", 2),
    (
        "a deletion that closes the gap",
        "DELETE FROM audit WHERE number = 12; UPDATE audit SET number = 12 WHERE number = 11",
        12,
    ),
    ("another mark", "UPDATE audit SET mark = detail_hash WHERE number = 12", 12),
    (
        "two entries swapped",
        "UPDATE audit SET number = 100 WHERE number = 8; UPDATE audit SET number = 8 WHERE number = 9;"
        "UPDATE audit SET number = 9 WHERE number = 100",
        8,
    ),
]


@pytest.mark.parametrize(("what", "statements", "broken_at"), TAMPERS, ids=[what for what, _, _ in TAMPERS])
async def test_tampering_is_found_where_it_was_done(trail: Store, what: str, statements: str, broken_at: int) -> None:
    async with trail.database.transaction() as tx:
        for statement in statements.split(";"):
            await tx.execute(text(statement))

    async with trail.database.reading() as tx:
        verdict = await trail.audit.verify(tx)

    assert verdict.broken_at == broken_at


async def test_a_cut_at_the_end_is_found_by_a_head_kept_elsewhere(trail: Store) -> None:
    async with trail.database.transaction() as tx:
        kept = await trail.audit.head(tx)
        await tx.execute(text("DELETE FROM audit WHERE number > 10"))

    async with trail.database.reading() as tx:
        alone = await trail.audit.verify(tx)
        beside = await trail.audit.verify(tx, kept)

    assert alone.holds
    assert not beside.holds
    assert beside.cut


async def test_a_head_of_another_trail_does_not_hold(trail: Store) -> None:
    async with trail.database.reading() as tx:
        verdict = await trail.audit.verify(tx, Head(number=3, mark="00" * 16))

    assert verdict.broken_at == 3


async def test_writers_at_the_same_moment_do_not_fork_the_trail(store: Store, clock) -> None:
    async def write(who: int) -> None:
        for turn in range(5):
            async with store.database.transaction() as tx:
                await store.audit.record(tx, f"staff{who}", "person.show_phone", f"dossier:{turn}", at=clock())

    await asyncio.gather(*(write(who) for who in range(8)))

    async with store.database.reading() as tx:
        verdict = await store.audit.verify(tx)
    assert verdict.holds
    assert verdict.count == 40


async def test_a_rolled_back_transaction_leaves_no_entry(store: Store, clock) -> None:
    async def fail() -> None:
        async with store.database.transaction() as tx:
            await store.audit.record(tx, "staff1", "person.show_phone", "dossier:1", at=clock())
            raise RuntimeError("the page could not be shown")

    with pytest.raises(RuntimeError):
        await fail()

    async with store.database.reading() as tx:
        assert (await store.audit.head(tx)).number == 0


async def test_the_page_is_newest_first_and_can_be_asked_by_subject_and_by_person(trail: Store) -> None:
    async with trail.database.reading() as tx:
        newest = await trail.audit.page(tx, limit=2)
        older = await trail.audit.page(tx, before=newest[-1].number, limit=1)
        of_dossier = await trail.audit.page(tx, subject="dossier:4")
        of_person = await trail.audit.page(tx, who="staff1")

    assert [entry.number for entry in newest] == [12, 11]
    assert [entry.number for entry in older] == [10]
    assert [entry.detail for entry in of_dossier] == [{"n": 4, "vì": "gọi lại"}]
    assert len(of_person) == 4


async def test_two_hundred_random_flips_of_stored_bytes_are_all_found(trail: Store) -> None:
    chance = random.Random(352)

    for _ in range(200):
        cell, row = column(chance.choice(["sealed", "detail_hash", "mark"])), column("number") == chance.randint(1, 12)
        async with trail.database.transaction() as tx:
            before = (await tx.execute(select(cell).select_from(AUDIT).where(row))).scalar_one()
            flipped = bytearray(before)
            flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
            await tx.execute(update(AUDIT).where(row).values({cell.name: bytes(flipped)}))
            assert not (await trail.audit.verify(tx)).holds
            await tx.execute(update(AUDIT).where(row).values({cell.name: bytes(before)}))
