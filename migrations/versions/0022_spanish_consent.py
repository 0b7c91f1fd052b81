"""What people agree to in Spanish is a wording of its own, with its own version."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("consent_wording_es", "consent_version_es"):
        op.add_column("source", sa.Column(name, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("source") as table:
        table.drop_column("consent_version_es")
        table.drop_column("consent_wording_es")
