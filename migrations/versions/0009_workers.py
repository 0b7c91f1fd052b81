"""What every worker is told of by: its version, and whether it stopped by itself."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("worker", sa.Column("version", sa.Text(), nullable=False, server_default=""))
    op.add_column("worker", sa.Column("stopped_at", Big, nullable=True))


def downgrade() -> None:
    for column in ("stopped_at", "version"):
        op.drop_column("worker", column)
