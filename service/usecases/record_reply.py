"""A reply to a mail, recorded by hand: somebody who writes to us is answered by a person, not by the next mail."""

from __future__ import annotations

from service.storage import audits, events, leads
from service.storage.users import UserRow
from service.usecases.kit import Kit
from service.usecases.leave import leave_all

REASON = "replied"


def record_reply(kit: Kit, user: UserRow, lead_id: int) -> int:
    """Ends the lead's series, mails about visits left alone; gives how many. Their agreement stands."""
    now = kit.clock()
    with kit.db.write() as conn:
        lead = leads.lock(conn, lead_id)
        ended = leave_all(conn, lead_id, REASON, now)
        events.add(conn, clinic_id=lead.clinic_id, lead_id=lead_id, at=now, kind="replied", data={"by": user.name})
        audits.record(conn, lead.clinic_id, user.id, now, "reply recorded", str(lead_id), {"series": ended})
    return ended
