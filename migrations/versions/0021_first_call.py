"""When somebody of the clinic first called a lead, and how soon the clinic means to."""

import sqlalchemy as sa
from alembic import op

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_lead = sa.table("lead", sa.column("id", Big), sa.column("called_at", Big))
_event = sa.table(
    "event", sa.column("lead_id", Big), sa.column("kind", sa.Text), sa.column("at", Big), sa.column("data", sa.JSON)
)
_task = sa.table("task", sa.column("lead_id", Big), sa.column("kind", sa.Text), sa.column("done_at", Big))


def upgrade() -> None:
    op.add_column("lead", sa.Column("called_at", Big, nullable=True))
    op.add_column("clinic", sa.Column("call_within", sa.Integer, nullable=False, server_default="3600"))
    noted = sa.select(_event.c.lead_id, _event.c.at).where(
        _event.c.kind == "note", _event.c.data["called"].as_boolean().is_(sa.true())
    )
    done = sa.select(_task.c.lead_id, _task.c.done_at.label("at")).where(
        _task.c.kind == "call", _task.c.done_at.is_not(None)
    )
    calls = sa.union_all(noted, done).subquery()
    first = sa.select(calls.c.lead_id, sa.func.min(calls.c.at).label("at")).group_by(calls.c.lead_id)
    conn = op.get_bind()
    for lead_id, at in conn.execute(first).all():
        conn.execute(sa.update(_lead).where(_lead.c.id == lead_id).values(called_at=at))


def downgrade() -> None:
    op.drop_column("clinic", "call_within")
    op.drop_column("lead", "called_at")
