"""People and the addresses that reach them."""

from sqlalchemy import text

from store.nouns import Store


async def test_one_phone_is_one_person_however_often_it_comes(store: Store, clock) -> None:
    async with store.database.transaction() as tx:
        first = await store.people.ensure(tx, [("phone", "84912345678"), ("phone", "84912345678")], clock())

    async with store.database.transaction() as tx:
        again = await store.people.ensure(tx, [("phone", "84912345678"), ("email", "an@example.vn")], clock())

    assert again["phone", "84912345678"] == first["phone", "84912345678"]
    assert again["email", "an@example.vn"] != first["phone", "84912345678"]


async def test_a_linked_zalo_account_reaches_the_person_of_the_phone(store: Store, clock) -> None:
    async with store.database.transaction() as tx:
        person = (await store.people.ensure(tx, [("phone", "84912345678")], clock()))["phone", "84912345678"]
        await store.people.spoke(tx, "zalo", "246845883529197922", clock())

        await store.people.link(tx, person, "zalo", "246845883529197922", clock())

        reach = (await store.people.reach(tx, [person]))[person]
    assert {known.kind for known in reach.addresses} == {"phone", "zalo"}
    assert reach.of("zalo").last_word_at == clock()


async def test_no_address_stands_readable_in_the_database(store: Store, clock) -> None:
    async with store.database.transaction() as tx:
        await store.people.ensure(tx, [("phone", "84912345678"), ("email", "an@example.vn")], clock())

    async with store.database.reading() as tx:
        cells = [bytes(cell) for row in await tx.execute(text("SELECT hash, sealed FROM address")) for cell in row]
    assert cells
    assert not any(b"912345678" in cell or b"example" in cell for cell in cells)
