"""What takes long to count is kept, with when it was counted."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_number",
        sa.Column("clinic_id", Big, sa.ForeignKey("clinic.id"), primary_key=True, autoincrement=False),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("taken_at", Big, nullable=False),
        sa.Column("asked_at", Big, nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("kept_number")
