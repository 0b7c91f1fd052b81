"""Which tags and fields a clinic uses: what a form offers to choose from."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.tables import lead_field, lead_tag

MOST = 300


@dataclass(frozen=True, slots=True)
class Marks:
    """`tags` and `fields`: one lead's own. The others: every name that the clinic uses."""

    tags: list[str]
    fields: dict[str, str]
    known_tags: list[str]
    known_fields: list[str]


def around(conn: Connection, clinic_id: int, lead_id: int) -> Marks:
    """A lead's marks with what its form offers, in one statement."""
    none = sa.null().cast(sa.Text)
    own_tag = sa.select(sa.literal("tag"), lead_tag.c.tag, none).where(lead_tag.c.lead_id == lead_id)
    own_field = sa.select(sa.literal("field"), lead_field.c.name, lead_field.c.value)
    tag = sa.select(lead_tag.c.tag).where(lead_tag.c.clinic_id == clinic_id).distinct().limit(MOST).subquery()
    name = sa.select(lead_field.c.name).where(lead_field.c.clinic_id == clinic_id).distinct().limit(MOST).subquery()
    query = sa.union_all(
        own_tag,
        own_field.where(lead_field.c.lead_id == lead_id),
        sa.select(sa.literal("known-tag"), tag.c.tag, none),
        sa.select(sa.literal("known-field"), name.c.name, none),
    )
    rows = sorted(conn.execute(query), key=lambda row: str(row[1]).casefold())
    named = {kind: [row[1] for row in rows if row[0] == kind] for kind in ("tag", "known-tag", "known-field")}
    fields = {row[1]: row[2] for row in rows if row[0] == "field"}
    return Marks(named["tag"], fields, named["known-tag"], named["known-field"])


def tags(conn: Connection, clinic_id: int) -> list[str]:
    query = sa.select(lead_tag.c.tag).where(lead_tag.c.clinic_id == clinic_id).distinct()
    return sorted(conn.execute(query.order_by(lead_tag.c.tag).limit(MOST)).scalars(), key=str.casefold)


def fields(conn: Connection, clinic_id: int) -> list[str]:
    query = sa.select(lead_field.c.name).where(lead_field.c.clinic_id == clinic_id).distinct()
    return sorted(conn.execute(query.order_by(lead_field.c.name).limit(MOST)).scalars(), key=str.casefold)
