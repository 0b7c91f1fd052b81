"""The index by when a mail was accepted holds those that were: a mail in hand is written once less, twice a send."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_NAME = "ix_message_clinic_id_accepted_at"
_TAKEN = {"sqlite_where": sa.text("accepted_at IS NOT NULL"), "postgresql_where": sa.text("accepted_at IS NOT NULL")}


def upgrade() -> None:
    op.drop_index(_NAME, table_name="message")
    op.create_index(_NAME, "message", ["clinic_id", "accepted_at"], **_TAKEN)


def downgrade() -> None:
    op.drop_index(_NAME, table_name="message")
    op.create_index(_NAME, "message", ["clinic_id", "accepted_at"])
