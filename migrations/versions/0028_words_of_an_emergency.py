"""Words of an emergency: who wrote them, and a clinic's own lists of them."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lead", sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("clinic", sa.Column("red_flags_en", sa.Text(), nullable=True))
    op.add_column("clinic", sa.Column("red_flags_es", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("clinic", "red_flags_es")
    op.drop_column("clinic", "red_flags_en")
    op.drop_column("lead", "urgent")
