"""Indexes that answer segments by themselves, and the rules that scores begin with at clinics that have none."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NARROW = (
    ("ix_event_clinic_id_kind_at", "event", ["clinic_id", "kind", "at"]),
    ("ix_lead_clinic_id_interest", "lead", ["clinic_id", "interest"]),
    ("ix_lead_tag_clinic_id_tag", "lead_tag", ["clinic_id", "tag"]),
    ("ix_lead_field_clinic_id_name_folded", "lead_field", ["clinic_id", "name", "folded"]),
)
WIDE = (
    ("ix_event_deed", "event", ["clinic_id", "kind", "at", "lead_id", "link", "counts_at", "flag"]),
    ("ix_lead_segment", "lead", ["clinic_id", "interest", "score_rank", "confirmed_at"]),
    ("ix_lead_tag_tag", "lead_tag", ["clinic_id", "tag", "lead_id"]),
    ("ix_lead_field_value", "lead_field", ["clinic_id", "name", "folded", "lead_id", "number"]),
)
RULES = (
    ("clicked", "book", 10.0),
    ("answered", None, 8.0),
    ("visited", None, 3.0),
    ("confirmed", None, 5.0),
    ("booked", None, 20.0),
    ("no-show", None, -10.0),
)


def upgrade() -> None:
    for name, table, _columns in NARROW:
        op.drop_index(name, table_name=table)
    for name, table, columns in WIDE:
        op.create_index(name, table, columns, unique=False)
    _add_rules()


def downgrade() -> None:
    for name, table, _columns in WIDE:
        op.drop_index(name, table_name=table)
    for name, table, columns in NARROW:
        op.create_index(name, table, columns, unique=False)


def _add_rules() -> None:
    rule = sa.table(
        "score_rule", *(sa.column(name) for name in ("id", "clinic_id", "deed", "link", "points", "created_at"))
    )
    clinic = sa.table("clinic", sa.column("id"), sa.column("created_at"))
    conn = op.get_bind()
    ruled = set(conn.execute(sa.select(rule.c.clinic_id)).scalars())
    for clinic_id, created_at in conn.execute(sa.select(clinic.c.id, clinic.c.created_at)).all():
        if clinic_id not in ruled:
            for number, (deed, link, points) in enumerate(RULES):
                values = {"id": clinic_id + number, "clinic_id": clinic_id, "deed": deed, "link": link}
                conn.execute(sa.insert(rule).values(points=points, created_at=created_at, **values))
