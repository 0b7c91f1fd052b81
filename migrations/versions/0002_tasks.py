"""Tasks for the clinic's people, minors, and sign-ins that end everywhere."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Databases made by the earliest builds of 0001 lack it.
    op.create_index("ix_enrollment_lead_id", "enrollment", ["lead_id"], if_not_exists=True)
    op.add_column("lead", sa.Column("minor", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("user_account", sa.Column("signed_out_at", Big, nullable=True))
    op.create_table(
        "task",
        sa.Column("id", Big, autoincrement=False, nullable=False),
        sa.Column("clinic_id", Big, nullable=False),
        sa.Column("lead_id", Big, nullable=False),
        sa.Column("enrollment_id", Big, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("once", sa.Text(), nullable=True),
        sa.Column("at", Big, nullable=False),
        sa.Column("done_at", Big, nullable=True),
        sa.Column("done_by", Big, nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_task_clinic_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_task_lead_id")),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollment.id"], name=op.f("fk_task_enrollment_id")),
        sa.ForeignKeyConstraint(["done_by"], ["user_account.id"], name=op.f("fk_task_done_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("lead_id", "once", name=op.f("uq_task_lead_id_once")),
    )
    op.create_index(
        "ix_task_open",
        "task",
        ["clinic_id", "at"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(op.f("ix_task_lead_id_at"), "task", ["lead_id", "at"])


def downgrade() -> None:
    op.drop_table("task")
    op.drop_column("user_account", "signed_out_at")
    op.drop_column("lead", "minor")
