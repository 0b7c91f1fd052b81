"""What people and machines write back, and addresses that bounce softly again and again."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _where(predicate: str) -> dict[str, sa.TextClause]:
    return {"sqlite_where": sa.text(predicate), "postgresql_where": sa.text(predicate)}


def upgrade() -> None:
    op.add_column("message", sa.Column("soft_bounced_at", Big, nullable=True))
    op.create_index("ix_message_soft", "message", ["lead_id"], **_where("soft_bounced_at IS NOT NULL"))
    op.add_column("clinic", sa.Column("soft_bounces", sa.SmallInteger(), server_default="5", nullable=False))
    op.create_table(
        "incoming_mail",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("received_at", Big, nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("message_id", Big, nullable=True),
        sa.Column("lead_id", Big, nullable=True),
        sa.Column("processed_at", Big, nullable=True),
        sa.Column("seen_at", Big, nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_incoming_mail_clinic_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_incoming_mail_lead_id"),
        sa.PrimaryKeyConstraint("id", name="pk_incoming_mail"),
        sa.UniqueConstraint("channel", "external_id", name="uq_incoming_mail_channel_external_id"),
    )
    op.create_index("ix_incoming_mail_clinic_id_received_at", "incoming_mail", ["clinic_id", "received_at"])
    op.create_index("ix_incoming_mail_lead_id", "incoming_mail", ["lead_id"])
    op.create_index("ix_incoming_mail_waiting", "incoming_mail", ["received_at"], **_where("state = 'waiting'"))


def downgrade() -> None:
    op.drop_table("incoming_mail")
    op.drop_column("clinic", "soft_bounces")
    op.drop_index("ix_message_soft", table_name="message")
    op.drop_column("message", "soft_bounced_at")
