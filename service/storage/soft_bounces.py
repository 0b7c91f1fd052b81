"""Soft bounces in a row, counted by lead: of a set of messages, so that neither order nor repetition matters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.tables import clinic, lead, message, suppression

REASON = "soft-bounces"


@dataclass(frozen=True, slots=True)
class Row:
    """`streak`: the lead's mails that came back softly since one was last delivered; `most`: how many the clinic puts
    up with; `stopped_at`: since when the address rests for it."""

    lead_id: int
    clinic_id: int
    email_key: str
    most: int
    streak: int
    stopped_at: int | None


_came_back = message.alias("came_back")
_arrived = message.alias("arrived")
# A mail that was taken and came back later was not delivered.
_LAST = (
    sa.select(sa.func.coalesce(sa.func.max(_arrived.c.delivered_at), 0))
    .where(_arrived.c.lead_id == lead.c.id, _arrived.c.soft_bounced_at.is_(None))
    .correlate(lead)
    .scalar_subquery()
)
_COUNT = sa.func.sum(sa.case((_came_back.c.soft_bounced_at > _LAST, 1), else_=0))
_ROWS = (
    sa.select(lead.c.id, lead.c.clinic_id, lead.c.email_key, clinic.c.soft_bounces, _COUNT, suppression.c.at)
    .select_from(_came_back)
    .join(lead, lead.c.id == _came_back.c.lead_id)
    .join(clinic, clinic.c.id == lead.c.clinic_id)
    .outerjoin(
        suppression,
        sa.and_(
            suppression.c.email_key == lead.c.email_key,
            suppression.c.clinic_id == lead.c.clinic_id,
            suppression.c.reason == REASON,
            suppression.c.lifted_at.is_(None),
        ),
    )
    .where(
        _came_back.c.lead_id.in_(sa.bindparam("leads", expanding=True)),
        _came_back.c.soft_bounced_at.is_not(None),
        lead.c.email_key.is_not(None),
    )
    .group_by(lead.c.id, lead.c.clinic_id, lead.c.email_key, clinic.c.soft_bounces, suppression.c.at)
    .order_by(lead.c.email_key, lead.c.id)
)


def of_leads(conn: Connection, lead_ids: Collection[int]) -> list[Row]:
    """Those of the leads of whose mails one has ever come back softly, in the order of their addresses."""
    if not lead_ids:
        return []
    return [Row(*row) for row in conn.execute(_ROWS, {"leads": sorted(lead_ids)})]
