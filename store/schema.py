"""The schema as it should be and as it is: Alembic's migrations, run from here alone."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from store.database import Database

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 352_001
"""PostgreSQL's advisory lock around an upgrade: two processes that start together upgrade once."""


async def upgrade(database: Database) -> None:
    """Brings the schema to the newest; harmless when it is there already."""
    async with database.transaction() as tx:
        if database.dialect == "postgresql":
            await tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        await tx.run_sync(_upgrade)


async def pending(database: Database) -> bool:
    """Whether the schema is older than this program."""
    async with database.reading() as tx:
        return await tx.run_sync(_pending)


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(_config(connection), "head")


def _pending(connection: Connection) -> bool:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    newest = ScriptDirectory.from_config(_config(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() != newest


def _config(connection: Connection) -> Any:
    from alembic.config import Config  # imported late: half a second that `motcua lookup` need not pay

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config
