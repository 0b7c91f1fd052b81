"""A pause of thirty days: the series waits where it stands. Visit mails go on."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from service.domain.timing import Delay, later
from service.storage import enrollment_moves, events, leads
from service.storage.leads import LeadRow
from service.usecases.kit import Kit
from service.usecases.unsubscribe import stopped

PAUSE = Delay(days=30)
GUARD = "paused"


def pause_mails(kit: Kit, lead_id: int, *, message_id: int | None = None) -> int | None:
    """Pauses until the same wall time thirty days on, the lead's time; gives that instant. A pause that runs is kept
    as it is when asked for again on the same day, else it begins anew. None: the person had asked us to stop, and there
    is nothing to pause."""
    now = kit.clock()
    with kit.db.write() as conn:
        return pause(conn, leads.lock(conn, lead_id), now, message_id)


def pause(conn: Connection, lead: LeadRow, now: int, message_id: int | None = None) -> int | None:
    if stopped(conn, lead, now) is not None:
        return None
    until = later(now, PAUSE, lead.zone)
    if lead.paused_until is not None and until - lead.paused_until < 86_400:
        return lead.paused_until
    leads.change(conn, lead.id, {"paused_until": until}, now)
    events.add(
        conn,
        clinic_id=lead.clinic_id,
        lead_id=lead.id,
        at=now,
        kind="paused",
        message_id=message_id,
        data={"until": until},
    )
    return until


def resume(conn: Connection, lead: LeadRow, now: int) -> None:
    """Ends a pause: what it held back is decided on now."""
    if lead.paused_until is None:
        return
    leads.change(conn, lead.id, {"paused_until": None}, now)
    enrollment_moves.release_guard(conn, lead.id, GUARD, now)
    if lead.paused_until > now:
        events.add(conn, clinic_id=lead.clinic_id, lead_id=lead.id, at=now, kind="resumed")


def resume_mails(kit: Kit, lead_id: int) -> None:
    """Ends the lead's pause now, if one runs."""
    now = kit.clock()
    with kit.db.write() as conn:
        resume(conn, leads.lock(conn, lead_id), now)
