"""Where people are signed in, codes from their phones, and codes for whoever lost it."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clinic", sa.Column("asks_codes", sa.Boolean, nullable=False, server_default=sa.false()))
    op.drop_column("user_account", "signed_out_at")  # a session of its own is ended now, not all at once
    op.create_table(
        "desk_session",
        sa.Column("id", Big, primary_key=True, autoincrement=False),
        sa.Column("user_id", Big, sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("key_digest", sa.Text, nullable=False, unique=True),
        sa.Column("session_no", sa.Integer, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("started_at", Big, nullable=False),
        sa.Column("seen_at", Big, nullable=False),
        sa.Column("proved_at", Big, nullable=False),
    )
    op.create_index("ix_desk_session_user_id", "desk_session", ["user_id"])
    op.create_table(
        "second_step",
        sa.Column("user_id", Big, sa.ForeignKey("user_account.id"), primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("on_at", Big, nullable=True),
        sa.Column("last_step", Big, nullable=False, server_default="0"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", Big, primary_key=True, autoincrement=False),
        sa.Column("user_id", Big, sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("code_hash", sa.Text, nullable=False),
    )
    op.create_index("ix_recovery_code_user_id", "recovery_code", ["user_id"])


def downgrade() -> None:
    # Without the table nobody would be asked for the code: such an account takes a new password by mail first.
    op.execute(
        "UPDATE user_account SET password_hash = '!' WHERE id IN (SELECT user_id FROM second_step WHERE on_at > 0)"
    )
    op.drop_table("recovery_code")
    op.drop_table("second_step")
    op.drop_table("desk_session")
    op.add_column("user_account", sa.Column("signed_out_at", Big, nullable=True))
    op.drop_column("clinic", "asks_codes")
