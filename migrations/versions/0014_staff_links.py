"""People of the clinic come in by a link from their mail, and can be let go."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_account", sa.Column("ended_at", Big, nullable=True))
    op.create_table(
        "staff_link",
        sa.Column("id", Big, primary_key=True, autoincrement=False),
        sa.Column("clinic_id", Big, sa.ForeignKey("clinic.id"), nullable=False),
        sa.Column("user_id", Big, sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("by_user", Big, sa.ForeignKey("user_account.id"), nullable=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("expires_at", Big, nullable=False),
        sa.Column("used_at", Big, nullable=True),
        sa.Column("leased_until", Big, nullable=True),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("mailed_at", Big, nullable=True),
        sa.Column("outcome", sa.Text, nullable=True),
    )
    op.create_index("ix_staff_link_user_id", "staff_link", ["user_id"])
    waiting = sa.text("mailed_at IS NULL")
    op.create_index("ix_staff_link_waiting", "staff_link", ["at"], sqlite_where=waiting, postgresql_where=waiting)


def downgrade() -> None:
    # Without the mark, whoever was let go could sign in again.
    op.execute("UPDATE user_account SET password_hash = '!' WHERE ended_at IS NOT NULL OR password_hash = ''")
    op.drop_table("staff_link")
    op.drop_column("user_account", "ended_at")
