"""Entering by a sign-up: the interest, the source and the campaign parameters of the page choose the series."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from service.storage import sources
from service.storage.leads import LeadRow
from service.usecases.enroll import Occasion, enter_on
from service.usecases.kit import Kit


def enter_signup(conn: Connection, kit: Kit, lead: LeadRow, now: int) -> list[int]:
    """Gives the new enrollments' ids. Twice is once."""
    source = "" if lead.source_id is None else sources.get(conn, lead.source_id).key
    occasion = Occasion("signup", interest=lead.interest, source=source, utm=lead.utm)
    return enter_on(conn, kit, lead.clinic_id, [lead.id], occasion, now)
