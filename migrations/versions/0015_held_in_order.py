"""Those who wait for a person, by what holds them and since when."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_PAUSED = {"sqlite_where": sa.text("state = 2"), "postgresql_where": sa.text("state = 2")}


def upgrade() -> None:
    op.drop_index("ix_enrollment_held", table_name="enrollment")
    op.create_index("ix_enrollment_held", "enrollment", ["clinic_id", "guard", "due_at"], **_PAUSED)


def downgrade() -> None:
    op.drop_index("ix_enrollment_held", table_name="enrollment")
    op.create_index("ix_enrollment_held", "enrollment", ["clinic_id", "guard"], **_PAUSED)
