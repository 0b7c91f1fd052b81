"""Leads by the dates that their fields hold."""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.tables import enrollment, lead, lead_field


@dataclass(frozen=True, slots=True)
class DatedLead:
    """`noted_at`: since when the field holds this value."""

    id: int
    zone: str
    noted_at: int


def with_day(
    conn: Connection,
    clinic_id: int,
    field: str,
    day: date,
    *,
    yearly: bool,
    but: tuple[int, str],
    after: int,
    limit: int,
) -> list[DatedLead]:
    """The clinic's leads whose field holds this day (2026-11-24), or its day in any year before, in the order of their
    ids. `but`: (campaign, entry key) under which they have not entered yet. 29 February is the 28th in other years."""
    entered = sa.exists().where(
        enrollment.c.lead_id == lead.c.id, enrollment.c.campaign_id == but[0], enrollment.c.entry_key == but[1]
    )
    query = (
        sa.select(lead.c.id, lead.c.zone, lead_field.c.at)
        .join(lead_field, lead_field.c.lead_id == lead.c.id)
        .where(
            lead_field.c.clinic_id == clinic_id,
            lead_field.c.name == field,
            _holds(day, yearly),
            lead.c.id > after,
            ~entered,
        )
        .order_by(lead.c.id)
        .limit(limit)
    )
    return [DatedLead(*row) for row in conn.execute(query)]


def _holds(day: date, yearly: bool) -> sa.ColumnElement[bool]:
    value = lead_field.c.folded
    if not yearly:
        return value == day.isoformat()
    wanted = [f"{day:%m-%d}"]
    if (day.month, day.day) == (2, 28) and not isleap(day.year):
        wanted.append("02-29")
    return sa.and_(sa.func.substr(value, 6, 5).in_(wanted), sa.func.length(value) == len("2026-11-24"))
