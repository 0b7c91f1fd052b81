"""The websites that may show a clinic's own form, and send it from a page of theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("sites", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("source", "sites")
