"""Dossiers in the store: found by every name, written whole, listed in pages; who guesses is counted."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from store.agencies import Agency
from store.dossier import Dossier, Fee, Office, Party, Supplement
from store.dossiers import Moved, Writing
from store.nouns import Store
from store.personal import Unreadable
from store.sources import Read

AT = datetime(2026, 6, 25, 1, 40, tzinfo=UTC)
DOSSIER = Dossier(
    code="H36.21-260622-0001",
    aliases=("G22.99-260622-000123",),
    source_id="igate",
    procedure_code="1.004873",
    status=6,
    status_at=AT,
    agency=Office(code="H36.21", name="UBND phường Bắc Gia Nghĩa", level="commune"),
    applicant=Party(name="Nguyễn Văn An", phone="84912345678", id_number="067201000123"),
    delegate=Party(name="Trần Thị Hạnh", phone="84987654321"),
    fees=(Fee(id="1", kind="tax", name="Thuế", amount=9_000_000_000_000, due_at=AT + timedelta(days=3)),),
    supplement=Supplement(items=("Ảnh",), due_at=AT),
)


async def _put(store: Store, *dossiers: Dossier, names: tuple[str, ...] = ()) -> list[str]:
    """New where the code is new, else written over."""
    async with store.database.transaction() as tx:
        standing = await store.dossiers.standing(tx, [dossier.code for dossier in dossiers])
        writings = [
            Writing(
                id=standing[one.code].id if one.code in standing else store.ids(),
                dossier=one,
                names=(*one.aliases, *names),
            )
            for one in dossiers
        ]
        await store.dossiers.put(tx, writings, AT)
    return [writing.id for writing in writings]


async def test_a_dossier_that_was_sealed_with_tagged_moments_still_opens(store: Store) -> None:
    (dossier_id,) = await _put(store, DOSSIER)
    sealed = store.seal.seal_data("dossier.sealed", dossier_id, DOSSIER)
    async with store.database.transaction() as tx:
        await tx.execute(text("UPDATE dossier SET sealed = :sealed"), {"sealed": sealed})

        stored = await store.dossiers.get(tx, dossier_id)

    assert stored is not None
    assert stored.dossier == DOSSIER


async def test_a_dossier_comes_back_as_it_went_in(store: Store) -> None:
    (id_,) = await _put(store, DOSSIER)

    async with store.database.reading() as tx:
        stored = await store.dossiers.get(tx, id_)
    assert stored is not None
    assert stored.dossier == DOSSIER


async def test_every_code_finds_it_and_one_that_two_share_finds_none(store: Store) -> None:
    await _put(store, DOSSIER, replace(DOSSIER, code="H36.21-260622-0002", aliases=()), names=("H36-1",))

    async with store.database.reading() as tx:
        by_alias = await store.dossiers.find(tx, "G22.99-260622-000123")
        by_tail = await store.dossiers.find(tx, "000.00.16.H36.21-260622-0002", "H36.21-260622-0002")
        shared = await store.dossiers.find(tx, "H36-1")
    assert by_alias is not None
    assert by_alias.dossier.code == DOSSIER.code
    assert by_tail is not None
    assert by_tail.dossier.code == "H36.21-260622-0002"
    assert shared is None


async def test_a_number_that_a_dossier_no_longer_carries_finds_it_no_longer(store: Store) -> None:
    await _put(store, DOSSIER)
    async with store.database.reading() as tx:
        assert [role for role, _ in await store.dossiers.of_phone(tx, "84987654321")] == ["delegate"]

    await _put(store, replace(DOSSIER, delegate=None))

    async with store.database.reading() as tx:
        assert await store.dossiers.of_phone(tx, "84987654321") == []
        assert [role for role, _ in await store.dossiers.of_phone(tx, "84912345678")] == ["applicant"]


async def test_what_is_owed_and_due_is_listed_in_pages_and_only_of_open_dossiers(store: Store) -> None:
    dossiers = [replace(DOSSIER, code=f"H36.21-260622-{n:04}", aliases=()) for n in range(1, 6)]
    closed = replace(DOSSIER, code="H36.21-260622-0006", aliases=(), status=8)
    paid = replace(DOSSIER, code="H36.21-260622-0007", aliases=(), fees=(replace(DOSSIER.fees[0], paid_at=AT),))
    await _put(store, *dossiers, closed, paid)

    async with store.database.reading() as tx:
        first = await store.dossiers.unpaid_due(tx, AT + timedelta(days=3), limit=3)
        rest = await store.dossiers.unpaid_due(tx, AT + timedelta(days=3), after=first[-1].id, limit=3)
        early = await store.dossiers.unpaid_due(tx, AT + timedelta(days=2))
    assert [one.dossier.code for one in (*first, *rest)] == [one.code for one in dossiers]
    assert early == []


async def test_returned_between_takes_the_start_and_leaves_the_end(store: Store) -> None:
    ends = [AT, AT + timedelta(hours=1), AT + timedelta(hours=2)]
    await _put(
        store,
        *(
            replace(DOSSIER, code=f"H36.21-260622-000{n}", aliases=(), status=10, status_at=at)
            for n, at in enumerate(ends)
        ),
    )

    async with store.database.reading() as tx:
        found = await store.dossiers.returned_between(tx, ends[0], ends[2])
    assert [one.dossier.status_at for one in found] == ends[:2]


async def test_the_history_only_grows(store: Store) -> None:
    (id_,) = await _put(store, DOSSIER)
    move = Moved(dossier_id=id_, status=2, status_at=AT, source_id="igate", recorded_at=AT)

    for _ in range(2):
        async with store.database.transaction() as tx:
            await store.dossiers.record(tx, [move, replace(move, status=6, status_at=AT + timedelta(minutes=5))])

    async with store.database.reading() as tx:
        assert [one.status for one in await store.dossiers.history(tx, id_)] == [2, 6]
        assert await store.dossiers.seen(tx, [id_]) == {id_: {(2, AT), (6, AT + timedelta(minutes=5))}}


async def test_a_cell_that_was_moved_to_another_dossier_does_not_open(store: Store) -> None:
    first, second = await _put(store, DOSSIER, replace(DOSSIER, code="H36.21-260622-0002", aliases=()))
    async with store.database.transaction() as tx:
        move = "UPDATE dossier SET sealed = (SELECT sealed FROM dossier WHERE id = :a) WHERE id = :b"
        await tx.execute(text(move), {"a": first, "b": second})

    async with store.database.reading() as tx:
        with pytest.raises(Unreadable):
            await store.dossiers.get(tx, second)


async def test_guesses_of_one_asker_at_once_are_all_counted(store: Store) -> None:
    async def guess() -> None:
        async with store.database.transaction() as tx:
            held = await store.dossiers.guesses.hold(tx, "zalo:1")
            await asyncio.sleep(0)
            await store.dossiers.guesses.keep(tx, "zalo:1", replace(held, wrong=held.wrong + 1))

    await asyncio.gather(*(guess() for _ in range(8)))

    async with store.database.transaction() as tx:
        assert (await store.dossiers.guesses.hold(tx, "zalo:1")).wrong == 8
        assert (await store.dossiers.guesses.hold(tx, "zalo:2")).wrong == 0


async def test_the_cursor_of_a_source_moves_on(store: Store) -> None:
    read = Read(source="igate", cursor="1", read_at=AT, taken=5, refused=1)
    async with store.database.transaction() as tx:
        assert await store.dossiers.sources.last(tx, "igate") is None
        await store.dossiers.sources.read(tx, read)
        await store.dossiers.sources.read(tx, replace(read, cursor="2"))
        assert await store.dossiers.sources.all(tx) == [replace(read, cursor="2")]


async def test_the_directory_of_agencies_is_written_over_by_code(store: Store) -> None:
    agency = Agency(code="H36.21", name="UBND phường Bắc Gia Nghĩa", hotline="0263.3540.616")
    async with store.database.transaction() as tx:
        await store.agencies.put(tx, [agency, Agency(code="H36", name="Lâm Đồng")])
        await store.agencies.put(tx, [replace(agency, hotline=None)])

        assert await store.agencies.named(tx, ["H36.21", "H99"]) == {"H36.21": replace(agency, hotline=None)}
        assert len(await store.agencies.all(tx)) == 2


async def test_the_hot_look_ups_are_served_by_their_indexes(store: Store) -> None:
    plans = {
        "SELECT id FROM dossier WHERE code = 'x'": "uq_dossier_code",
        "SELECT id FROM dossier WHERE owed_due_at IS NOT NULL AND owed_due_at <= '2026-01-01'": "ix_dossier_owed_due",
        "SELECT id FROM dossier WHERE status = 10 AND status_at >= '2026-01-01'": "ix_dossier_status",
    }
    await _put(store, *(replace(DOSSIER, code=f"H36.21-260622-{n:04}", aliases=()) for n in range(200)))
    async with store.database.transaction() as tx:
        postgresql = store.database.dialect == "postgresql"
        if postgresql:
            await tx.execute(text("SET LOCAL enable_seqscan = off"))
        for query, index in plans.items():
            lines = await tx.execute(text(f"{'EXPLAIN' if postgresql else 'EXPLAIN QUERY PLAN'} {query}"))
            assert index in " ".join(str(cell) for line in lines for cell in line)
