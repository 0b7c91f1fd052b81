"""What the clinic's people are told by mail, and when each of them wants it."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_WAITING = {"sqlite_where": sa.text("letter_id IS NULL"), "postgresql_where": sa.text("letter_id IS NULL")}


def upgrade() -> None:
    op.add_column("user_account", sa.Column("news", sa.JSON(), nullable=True))
    op.create_table(
        "staff_news",
        sa.Column("id", Big, primary_key=True, autoincrement=False),
        sa.Column("user_id", Big, sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("event_id", Big, nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("due_at", Big, nullable=False),
        sa.Column("letter_id", Big, sa.ForeignKey("staff_link.id"), nullable=True),
        sa.UniqueConstraint("user_id", "kind", "event_id"),
    )
    op.create_index("ix_staff_news_letter_id", "staff_news", ["letter_id"])
    op.create_index("ix_staff_news_waiting", "staff_news", ["due_at", "user_id"], **_WAITING)


def downgrade() -> None:
    op.drop_table("staff_news")
    op.execute("DELETE FROM staff_link WHERE kind = 'news'")
    op.drop_column("user_account", "news")
