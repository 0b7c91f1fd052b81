"""Somebody who wrote words of an emergency is cared for, or meant nothing urgent: mail may go to them again."""

from __future__ import annotations

from service.storage import audits, events, leads
from service.storage.users import UserRow
from service.usecases.kit import Kit


def say_cared_for(kit: Kit, user: UserRow, lead_id: int) -> bool:
    """Their series may be entered again; none is entered by it. False when they were not marked."""
    now = kit.clock()
    with kit.db.write() as conn:
        lead = leads.lock(conn, lead_id)
        if not lead.urgent:
            return False
        leads.change(conn, lead_id, {"urgent": False}, now)
        events.add(conn, clinic_id=lead.clinic_id, lead_id=lead_id, at=now, kind="cared-for", data={"by": user.name})
        audits.record(conn, lead.clinic_id, user.id, now, "said to be cared for", str(lead_id), {})
    return True
