"""The bookings of a span are found by an index."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_appointment_clinic_id_booked_at", "appointment", ["clinic_id", "booked_at"])


def downgrade() -> None:
    op.drop_index("ix_appointment_clinic_id_booked_at", table_name="appointment")
