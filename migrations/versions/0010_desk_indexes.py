"""What the desk asks of one clinic is found by an index of that clinic's, and of what waits alone."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _state(name: str) -> dict[str, Any]:
    predicate = sa.text(f"state = '{name}'")
    return {"sqlite_where": predicate, "postgresql_where": predicate}


def upgrade() -> None:
    op.drop_index("ix_message_in_doubt", table_name="message")
    op.create_index("ix_message_in_doubt", "message", ["clinic_id", "created_at"], **_state("in_doubt"))
    op.create_index("ix_message_put_off", "message", ["clinic_id", "reason", "created_at"], **_state("planned"))
    op.create_index("ix_inbox_clinic_id_state_received_at", "inbox", ["clinic_id", "state", "received_at"])


def downgrade() -> None:
    op.drop_index("ix_inbox_clinic_id_state_received_at", table_name="inbox")
    op.drop_index("ix_message_put_off", table_name="message")
    op.drop_index("ix_message_in_doubt", table_name="message")
    op.create_index("ix_message_in_doubt", "message", ["created_at"], **_state("in_doubt"))
