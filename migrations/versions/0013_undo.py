"""A draft's acts can be undone and done again."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft_text",
        sa.Column("id", Big, primary_key=True, autoincrement=False),
        sa.Column("campaign_id", Big, sa.ForeignKey("campaign.id"), nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("depth", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.UniqueConstraint("campaign_id", "side", "depth", name="uq_draft_text_campaign_id_side_depth"),
    )


def downgrade() -> None:
    op.drop_table("draft_text")
