"""At the end of a series: one letter every three months, because the person asked for it."""

from __future__ import annotations

from service.storage import leads
from service.usecases.enroll import enter_by
from service.usecases.kit import Kit
from service.usecases.unsubscribe import stopped


def stay_in_touch(kit: Kit, lead_id: int) -> bool:
    """Enters the letter; asked twice it is entered once. False for someone who asked us to stop."""
    now = kit.clock()
    with kit.db.write() as conn:
        lead = leads.lock(conn, lead_id)
        if stopped(conn, lead, now) is not None:
            return False
        enter_by(conn, kit, lead.clinic_id, lead_id, "stay", now)
        return True
