"""When somebody last vouched for what a campaign claims: its publishing, or a review since."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaign", sa.Column("reviewed_at", Big, nullable=True))
    op.execute(
        "UPDATE campaign SET reviewed_at ="
        " (SELECT max(published_at) FROM campaign_version WHERE campaign_version.campaign_id = campaign.id)"
    )


def downgrade() -> None:
    op.drop_column("campaign", "reviewed_at")
