"""How fast mail may leave, a clinic and a provider; and whether a provider is left alone for now."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "breaker",
        sa.Column("provider", sa.Text(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("since", Big, nullable=False),
        sa.Column("until", Big, nullable=False),
        sa.Column("openings", sa.Integer(), nullable=False),
        sa.Column("probe_until", Big, nullable=True),
    )
    op.create_table(
        "pace",
        sa.Column("scope", sa.Text(), primary_key=True),
        sa.Column("at", Big, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
    )
    op.add_column("clinic", sa.Column("rate_second", sa.Integer(), nullable=True))
    op.add_column("clinic", sa.Column("rate_day", sa.Integer(), nullable=True))
    op.add_column("clinic", sa.Column("warm_up", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    for column in ("warm_up", "rate_day", "rate_second"):
        op.drop_column("clinic", column)
    op.drop_table("pace")
    op.drop_table("breaker")
