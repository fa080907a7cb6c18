"""A long past in bulk: every copy is a row of its own, and the engine still works beside them."""

from sqlalchemy import text

from benchmarks.speed import house, past
from store.database import Database


async def test_each_copy_has_keys_of_its_own_and_hangs_together(database_url: str) -> None:
    await house.make_schema(database_url)
    async with house.rooms(house.config(database_url, "http://127.0.0.1:9")) as rooms:
        await house.fill(rooms, 20)

    await past.multiply(database_url, past.MESSAGES, 3)

    database = Database(database_url)
    await database.open()
    async with database.reading() as tx:
        messages = (await tx.execute(text("SELECT count(*), count(DISTINCT natural_key) FROM message"))).one()
        joined = await tx.execute(
            text(
                "SELECT count(*) FROM attempt JOIN message ON message.id = attempt.message_id "
                "JOIN address ON address.person_id = message.person_id"
            )
        )
        assert tuple(messages) == (80, 80)
        assert joined.scalar_one() == 80
    await database.close()


async def test_an_engine_beside_a_long_past_plans_the_next_message(database_url: str) -> None:
    await house.make_schema(database_url)
    async with house.rooms(house.config(database_url, "http://127.0.0.1:9")) as rooms:
        await house.fill(rooms, 5)
        await past.multiply(database_url, past.MESSAGES, 2)

        await house.fill(rooms, 5, first=5)

        async with rooms.store.database.reading() as tx:
            assert sum(one.count for one in await rooms.store.outbox.waiting(tx)) == 10
