"""Run by Alembic with the connection that `store.schema` opened, inside its transaction."""

from alembic import context

import store.nouns  # noqa: F401  # every noun's table, so that models and migrations can be compared
from store.columns import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
context.run_migrations()
