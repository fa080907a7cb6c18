"""The delivery engine: shares of rates, providers, spending, joined messages, digests, mutes; order in the inbox."""

import sqlalchemy as sa
from alembic import op

from store.columns import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ceiling", sa.Float(), nullable=True),
        sa.Column("ceiling_at", UtcTime(), nullable=True),
        sa.Column("rest_from", UtcTime(), nullable=True),
        sa.Column("rest_until", UtcTime(), nullable=True),
        sa.Column("broken_at", UtcTime(), nullable=True),
        sa.Column("probe_at", UtcTime(), nullable=True),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("choice", sa.String(), nullable=True),
        sa.Column("choice_why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_provider")),
    )
    op.create_table(
        "provider_share",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("wants", sa.Integer(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "worker", name=op.f("pk_provider_share")),
    )
    op.create_table(
        "spending",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=True),
        sa.Column("cap", sa.BigInteger(), nullable=True),
        sa.Column("capped_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("scope", "period", name=op.f("pk_spending")),
    )
    op.create_table(
        "digest_wish",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("daily", sa.Boolean(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_digest_wish_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_digest_wish")),
    )
    op.create_table(
        "joined",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("carrier_id", sa.String(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["carrier_id"], ["message.id"], name=op.f("fk_joined_carrier_id_message")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_joined_message_id_message")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_joined")),
    )
    with op.batch_alter_table("joined", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_joined_carrier_id"), ["carrier_id"], unique=False)

    op.create_table(
        "mute",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("dossier_id", sa.String(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mute_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "dossier_id", name=op.f("pk_mute")),
    )
    with op.batch_alter_table("mute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mute_dossier_id"), ["dossier_id"], unique=False)

    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sender", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("retry_at", UtcTime(), nullable=True))
        batch_op.create_index(
            "ix_inbox_aside",
            ["sender"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL AND retry_at IS NOT NULL"),
            postgresql_where=sa.text("done_at IS NULL AND retry_at IS NOT NULL"),
        )

    with op.batch_alter_table("queue", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_queue_due"))
        batch_op.create_index("ix_queue_due", ["state", "lane", "due_at", "message_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("queue", schema=None) as batch_op:
        batch_op.drop_index("ix_queue_due")
        batch_op.create_index(batch_op.f("ix_queue_due"), ["state", "lane", "due_at"], unique=False)

    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_inbox_aside",
            sqlite_where=sa.text("done_at IS NULL AND retry_at IS NOT NULL"),
            postgresql_where=sa.text("done_at IS NULL AND retry_at IS NOT NULL"),
        )
        batch_op.drop_column("retry_at")
        batch_op.drop_column("sender")

    with op.batch_alter_table("mute", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mute_dossier_id"))

    op.drop_table("mute")
    with op.batch_alter_table("joined", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_joined_carrier_id"))

    op.drop_table("joined")
    op.drop_table("digest_wish")
    op.drop_table("spending")
    op.drop_table("provider_share")
    op.drop_table("provider")
