"""People are found by the beginning of a name or an address while somebody types."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_WORDS = {
    "ix_lead_first_name": "lower(first_name)",
    "ix_lead_last_name": "lower(last_name)",
    "ix_lead_address": "email_key",
}


def upgrade() -> None:
    # code points on both: PostgreSQL's own order of letters finds no beginnings
    bytewise = '({} COLLATE "C")' if op.get_bind().dialect.name == "postgresql" else "{}"
    for name, word in _WORDS.items():
        op.create_index(name, "lead", ["clinic_id", sa.text(bytewise.format(word))])


def downgrade() -> None:
    for name in _WORDS:
        op.drop_index(name, table_name="lead")
