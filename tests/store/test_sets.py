"""Texts and hashes bound as one value mean the same on both databases."""

from sqlalchemy import LargeBinary, literal, select, union_all

from store.personal import HASH_BYTES
from store.sets import among, among_hashes, dialect_of, packed_hashes, packed_texts


async def test_only_the_texts_that_were_bound_are_among_them(database) -> None:
    async with database.reading() as tx:
        dialect = dialect_of(tx)
        values = union_all(*(select(literal(one).label("text")) for one in ("a", "b", "c'"))).subquery()
        query = select(values.c.text).where(among(dialect, values.c.text, "wanted"))

        some = (await tx.execute(query, {"wanted": packed_texts(["c'", "x", "a"])})).scalars().all()
        none = (await tx.execute(query, {"wanted": packed_texts([])})).scalars().all()

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
