"""Several names at one address, leads who gave a phone only, and stops that a provider keeps for itself."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _where(predicate: str) -> dict[str, sa.TextClause]:
    return {"sqlite_where": sa.text(predicate), "postgresql_where": sa.text(predicate)}


def upgrade() -> None:
    op.add_column("lead", sa.Column("also_named", sa.Text(), server_default="", nullable=False))
    op.create_index("uq_lead_phone_only", "lead", ["clinic_id", "phone"], unique=True, **_where("email_key IS NULL"))
    op.create_index("ix_lead_clinic_id_phone", "lead", ["clinic_id", "phone"], **_where("phone IS NOT NULL"))
    op.add_column("suppression", sa.Column("lift_at", Big, nullable=True))
    op.create_index("ix_suppression_lift_at", "suppression", ["lift_at"], **_where("lift_at IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_suppression_lift_at", table_name="suppression")
    op.drop_column("suppression", "lift_at")
    op.drop_index("ix_lead_clinic_id_phone", table_name="lead")
    op.drop_index("uq_lead_phone_only", table_name="lead")
    op.drop_column("lead", "also_named")
