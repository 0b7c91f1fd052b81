"""Public holidays on which a clinic works all the same, by name, one a line."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clinic", sa.Column("works_on", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("clinic", "works_on")
