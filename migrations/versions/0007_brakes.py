"""The brake of a clinic's series, with its figures, and what counts towards it."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _where(predicate: str) -> dict[str, sa.TextClause]:
    return {"sqlite_where": sa.text(predicate), "postgresql_where": sa.text(predicate)}


def upgrade() -> None:
    op.add_column("clinic", sa.Column("braked_at", Big, nullable=True))
    op.add_column("clinic", sa.Column("brake", sa.JSON(), nullable=True))
    op.add_column("clinic", sa.Column("brake_off_at", Big, nullable=True))
    for name, column, predicate in (
        ("ix_message_bounced", "accepted_at", "bounced_at IS NOT NULL"),
        ("ix_message_complained", "accepted_at", "complained_at IS NOT NULL"),
        ("ix_message_rejected", "settled_at", "state = 'rejected'"),
    ):
        op.create_index(name, "message", ["clinic_id", column], **_where(predicate))
    op.create_index("ix_enrollment_held", "enrollment", ["clinic_id", "guard"], **_where("state = 2"))


def downgrade() -> None:
    op.drop_index("ix_enrollment_held", table_name="enrollment")
    for name in ("ix_message_bounced", "ix_message_complained", "ix_message_rejected"):
        op.drop_index(name, table_name="message")
    for column in ("brake_off_at", "brake", "braked_at"):
        op.drop_column("clinic", column)
