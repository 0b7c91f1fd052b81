"""One segment by its id, several counted at once, and a segment's end."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from service.storage.segments import SegmentRow
from service.storage.tables import campaign, draft, lead, segment, segment_member

_ROW = [segment.c[name] for name in SegmentRow.__dataclass_fields__]


def find(conn: Connection, clinic_id: int, segment_id: int, *, lock: bool = False) -> SegmentRow | None:
    query = sa.select(*_ROW).where(segment.c.clinic_id == clinic_id, segment.c.id == segment_id)
    row = conn.execute(query.with_for_update() if lock else query).first()
    return SegmentRow(*row) if row else None


def counts(conn: Connection, clauses: Sequence[ColumnElement[bool]]) -> list[int]:
    """How many leads each holds of, in one statement."""
    if not clauses:
        return []
    asked = [sa.select(sa.func.count()).select_from(lead).where(each).scalar_subquery() for each in clauses]
    return list(conn.execute(sa.select(*asked)).one())


def drafts_naming(conn: Connection, clinic_id: int, key: str) -> list[str]:
    """The names of the campaigns whose unpublished draft may name the segment."""
    named = re.compile(rf"""\bsegment["']?:\s*["']?{re.escape(key)}["']?\s*(?:$|[,}}\]#])""", re.MULTILINE)
    query = (
        sa.select(campaign.c.name, draft.c.source)
        .join(draft, draft.c.campaign_id == campaign.c.id)
        .where(campaign.c.clinic_id == clinic_id, draft.c.source.contains(key, autoescape=True))
    )
    return sorted(name for name, source in conn.execute(query) if named.search(source))


def remove(conn: Connection, segment_id: int) -> None:
    conn.execute(sa.delete(segment_member).where(segment_member.c.segment_id == segment_id))
    conn.execute(sa.delete(segment).where(segment.c.id == segment_id))
