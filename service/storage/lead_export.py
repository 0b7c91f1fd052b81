"""Leads as a file: in the list's order, so many at a time."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import people
from service.storage.lead_list import After, Wanted, conditions
from service.storage.tables import lead, source

AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Exported:
    """`interest` is what somebody suffers from."""

    id: int
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    stage: str
    source: str | None
    created_at: int
    consent: str
    consent_at: int | None
    locale: str
    zone: str
    interest: str | None


def some(
    conn: Connection, clinic_id: int, wanted: Wanted, now: int, after: After | None, most: int = AT_ONCE
) -> list[Exported]:
    """The newest first; `after`: when the last one that is known signed up, and its id."""
    first = sa.select(lead.c.id).where(*conditions(clinic_id, wanted, now))
    if after is not None:
        first = first.where(sa.tuple_(lead.c.created_at, lead.c.id) < sa.tuple_(*map(sa.literal, after)))
    order = (lead.c.created_at.desc(), lead.c.id.desc())
    chosen = first.order_by(*order).limit(most).subquery("chosen")
    query = (
        sa.select(
            *(lead.c.id, lead.c.first_name, lead.c.last_name, lead.c.email, lead.c.phone),
            *(people.stage(), source.c.name, lead.c.created_at),
            *(lead.c.consent, lead.c.consent_at, lead.c.locale, lead.c.zone, lead.c.interest),
        )
        .join(chosen, chosen.c.id == lead.c.id)
        .outerjoin(source, source.c.id == lead.c.source_id)
    )
    return [Exported(*row) for row in conn.execute(query.order_by(*order))]
