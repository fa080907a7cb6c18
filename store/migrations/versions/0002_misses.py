"""What was not understood, kept for staff: `miss`."""

import sqlalchemy as sa
from alembic import op

from store.columns import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "miss",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", UtcTime(), nullable=False),
        sa.Column("last_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_miss")),
    )
    with op.batch_alter_table("miss", schema=None) as batch_op:
        batch_op.create_index("uq_miss_kind_text", ["kind", "text_hash"], unique=True)
        batch_op.create_index("ix_miss_count", ["count", "last_at"], unique=False)
        batch_op.create_index("ix_miss_last_at", ["last_at"], unique=False)


def downgrade() -> None:
    op.drop_table("miss")
