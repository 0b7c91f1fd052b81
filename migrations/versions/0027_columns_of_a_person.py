"""Which columns of the list of people each person at the desk sees."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_account", sa.Column("list_columns", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("user_account", "list_columns")
