"""What people are called on the desk's pages."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from service.domain.lead import full_name
from service.storage.tables import lead

_NAMES = sa.select(lead.c.id, lead.c.first_name, lead.c.last_name, lead.c.email, lead.c.phone).where(
    lead.c.id.in_(bindparam("lead_ids", expanding=True))
)


def by_id(conn: Connection, lead_ids: Iterable[int]) -> dict[int, str]:
    """Name by lead id: the own one, else an address or a number."""
    rows = conn.execute(_NAMES, {"lead_ids": list(lead_ids)})
    return {
        lead_id: full_name(first, last) or email or phone or "Nobody named"
        for lead_id, first, last, email, phone in rows
    }


def own(conn: Connection, lead_ids: Iterable[int]) -> dict[int, str]:
    """Name by lead id, of those who gave one."""
    rows = conn.execute(_NAMES, {"lead_ids": list(lead_ids)})
    return {lead_id: name for lead_id, first, last, *_ in rows if (name := full_name(first, last))}
