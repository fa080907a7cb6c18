"""The migrations and the models say the same, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import store.nouns  # noqa: F401
from store import schema
from store.columns import metadata
from store.database import Database


async def test_an_upgraded_database_is_what_the_models_declare(database_url: str) -> None:
    database = Database(database_url)
    await database.open()
    assert await schema.pending(database)

    await schema.upgrade(database)
    await schema.upgrade(database)

    async with database.reading() as tx:
        differences = await tx.run_sync(
            lambda connection: compare_metadata(MigrationContext.configure(connection), metadata)
        )
    assert differences == []
    assert not await schema.pending(database)
    await database.close()
