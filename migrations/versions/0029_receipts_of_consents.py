"""Receipts of consents, a chain a clinic. Those of older consents are written by the worker, oldest first."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "receipt",
        sa.Column("clinic_id", Big, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("consent_id", Big, nullable=False),
        sa.Column("lead_id", Big, nullable=False),
        sa.Column("salt", sa.Text(), nullable=True),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "number", name="pk_receipt"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_receipt_clinic_id"),
        sa.UniqueConstraint("consent_id", name="uq_receipt_consent_id"),
    )
    op.create_table(
        "receipt_chain",
        sa.Column("clinic_id", Big, autoincrement=False, nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", name="pk_receipt_chain"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_receipt_chain_clinic_id"),
    )
    op.add_column("consent", sa.Column("number", sa.Integer(), nullable=True))
    waiting = sa.text("number IS NULL")
    op.create_index(
        "ix_consent_waiting", "consent", ["clinic_id", "id"], postgresql_where=waiting, sqlite_where=waiting
    )


def downgrade() -> None:
    op.drop_index("ix_consent_waiting", table_name="consent")
    op.drop_column("consent", "number")
    op.drop_table("receipt_chain")
    op.drop_table("receipt")
