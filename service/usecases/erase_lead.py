"""Somebody asks to be erased: all that tells who they are goes, and nothing is sent to them any more."""

from __future__ import annotations

from service.domain.appointment import Appointment
from service.storage import appointments, audits, erasing, events, leads
from service.storage.users import UserRow
from service.usecases.imports.let_go import let_go_of
from service.usecases.kit import Kit
from service.usecases.leave import leave_all


class VisitAhead(Exception):
    """They are expected: the visit is cancelled first, so that nobody waits for a person without a name."""


def visit_ahead(kit: Kit, lead_id: int) -> int | None:
    """When the first visit that is still to come begins."""
    with kit.db.read() as conn:
        found = [each.starts_at for each in appointments.of_lead(conn, lead_id) if _ahead(each, kit.clock())]
    return min(found, default=None)


def erase_lead(kit: Kit, user: UserRow, lead_id: int) -> None:
    """Ends every series, visit mails too. Cannot be undone. Raises VisitAhead; asked twice it is done once."""
    now = kit.clock()
    with kit.db.write() as conn:
        lead = leads.lock(conn, lead_id)
        if any(_ahead(each, now) for each in appointments.of_lead(conn, lead_id)):
            raise VisitAhead
        leave_all(conn, lead_id, "no-address", now, guard="no-address", marketing_only=False)
        erasing.erase(conn, lead_id, lead.email, now)
        let_go_of(conn, lead.clinic_id, lead.email)
        events.add(conn, clinic_id=lead.clinic_id, lead_id=lead_id, at=now, kind="forgotten", data={"by": user.name})
        audits.record(conn, lead.clinic_id, user.id, now, "lead erased", str(lead_id), {})


def _ahead(visit: Appointment, now: int) -> bool:
    return visit.state == "booked" and visit.starts_at > now
