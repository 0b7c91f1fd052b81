"""Leads who wait for their confirmation, and those with a visit ahead: few, among however many."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_BOOKED = sa.text("state = 'booked'")


def upgrade() -> None:
    op.create_index("ix_lead_clinic_id_consent_created_at", "lead", ["clinic_id", "consent", "created_at"])
    op.create_index("ix_appointment_booked", "appointment", ["lead_id"], sqlite_where=_BOOKED, postgresql_where=_BOOKED)


def downgrade() -> None:
    op.drop_index("ix_appointment_booked", table_name="appointment")
    op.drop_index("ix_lead_clinic_id_consent_created_at", table_name="lead")
