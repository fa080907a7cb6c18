"""Rows and texts bound as one value mean the same on both databases."""

from datetime import UTC, datetime

from sqlalchemy import Integer, LargeBinary, Text, insert, literal, select, union_all

from store.columns import UtcTime
from store.outbox.tables import attempt
from store.personal import HASH_BYTES
from store.sets import among, among_hashes, dialect_of, given, packed, packed_hashes, packed_texts

MOMENT = datetime(2026, 6, 25, 17, 30, 0, 5, tzinfo=UTC)
COLUMNS = {"id": Text(), "n": Integer(), "at": UtcTime()}


async def test_rows_come_back_as_they_were_bound(database) -> None:
    rows = [{"id": "đ'\"\\", "n": 1, "at": MOMENT}, {"id": "b", "n": None, "at": None}]
    async with database.reading() as tx:
        dialect = dialect_of(tx)
        table = given(dialect, "rows", COLUMNS)

        found = (await tx.execute(select(*table.c), {"rows": packed(dialect, rows)})).all()

    assert [row._asdict() for row in found] == rows


async def test_a_moment_bound_in_a_row_is_the_one_that_a_column_takes(database) -> None:
    line = {"id": "a", "message_id": "m", "at": MOMENT, "step": "planned", "code": "", "detail": ""}
    columns = {name: UtcTime() if name == "at" else Text() for name in line}
    async with database.transaction() as tx:
        dialect = dialect_of(tx)
        if dialect == "postgresql":
            await tx.exec_driver_sql("SET session_replication_role = replica")  # no message stands behind this line
        else:
            await tx.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        lines = given(dialect, "lines", columns)
        await tx.execute(insert(attempt).from_select(list(line), select(*lines.c)), {"lines": packed(dialect, [line])})

        found = (await tx.execute(select(attempt.c.id).where(attempt.c.at == MOMENT))).scalars().all()
        await tx.execute(attempt.delete())

    assert found == ["a"]


async def test_only_the_texts_that_were_bound_are_among_them(database) -> None:
    rows = [{"id": name, "n": None, "at": None} for name in ("a", "b", "c'")]
    async with database.reading() as tx:
        dialect = dialect_of(tx)
        table = given(dialect, "rows", COLUMNS)
        query = select(table.c.id).where(among(dialect, table.c.id, "ids"))
        bound = {"rows": packed(dialect, rows)}

        some = (await tx.execute(query, bound | {"ids": packed_texts(["c'", "x", "a"])})).scalars().all()
        none = (await tx.execute(query, bound | {"ids": packed_texts([])})).scalars().all()

    assert (sorted(some), none) == (["a", "c'"], [])


async def test_only_the_hashes_that_were_bound_are_among_them(database) -> None:
    hashes = [bytes([n]) * HASH_BYTES for n in range(4)]
    async with database.reading() as tx:
        dialect = dialect_of(tx)
        values = union_all(*(select(literal(one, LargeBinary()).label("hash")) for one in hashes)).subquery()
        query = select(values.c.hash).where(among_hashes(dialect, values.c.hash, "wanted"))

        some = (
            await tx.execute(query, {"wanted": packed_hashes(dialect, [hashes[2], b"\xff" * 16, hashes[0]])})
        ).scalars()
        none = (await tx.execute(query, {"wanted": packed_hashes(dialect, [])})).scalars()

        assert sorted(map(bytes, some)) == [hashes[0], hashes[2]]
        assert not none.all()
