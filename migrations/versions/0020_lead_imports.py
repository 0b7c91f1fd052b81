"""Lists of people that somebody brought as a file, and what became of each row."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def _where(text: str) -> dict[str, sa.TextClause]:
    return {"sqlite_where": sa.text(text), "postgresql_where": sa.text(text)}


def upgrade() -> None:
    op.create_table(
        "lead_import",
        sa.Column("id", Big, primary_key=True, autoincrement=False),
        sa.Column("clinic_id", Big, sa.ForeignKey("clinic.id"), nullable=False),
        sa.Column("user_id", Big, sa.ForeignKey("user_account.id"), nullable=True),
        sa.Column("source_id", Big, sa.ForeignKey("source.id"), nullable=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("tool", sa.Text, nullable=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("agreed_at", Big, nullable=True),
        sa.Column("for_all", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("reached", sa.Integer, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("undone", sa.Integer, nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("ended_at", Big, nullable=True),
    )
    op.create_index("ix_lead_import_clinic_id_at", "lead_import", ["clinic_id", "at"])
    going = _where("state IN ('looking', 'running', 'undoing')")
    op.create_index("ix_lead_import_open", "lead_import", ["at"], **going)
    op.create_table(
        "import_row",
        sa.Column("id", Big, primary_key=True, autoincrement=False),
        sa.Column("import_id", Big, sa.ForeignKey("lead_import.id"), nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("fate", sa.Text, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.Column("lead_id", Big, sa.ForeignKey("lead.id"), nullable=True),
        sa.Column("made", sa.Boolean, nullable=False),
        sa.UniqueConstraint("import_id", "line"),
    )
    op.create_index("ix_import_row_left", "import_row", ["import_id", "line"], **_where("NOT done"))
    op.create_index("ix_import_row_made", "import_row", ["import_id", "line"], **_where("made"))
    op.create_index("ix_import_row_lead_id", "import_row", ["lead_id"], **_where("lead_id IS NOT NULL"))


def downgrade() -> None:
    op.drop_table("import_row")
    op.drop_table("lead_import")
