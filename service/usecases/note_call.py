"""A note on a lead: what was said on the phone, or what a colleague should know. It also answers what asked for it."""

from __future__ import annotations

from service.storage import audits, events, first_calls, leads, tasks
from service.storage.users import UserRow
from service.usecases.kit import Kit

LONGEST = 500


def note_call(kit: Kit, user: UserRow, lead_id: int, text: str, *, called: bool) -> None:
    """Kept on the timeline. A call ticks off the calls that were asked for; Home asks for the lead again only when they
    show anew that they may come."""
    now, written = kit.clock(), " ".join(text.split())[:LONGEST]
    if not written and not called:
        return
    with kit.db.write() as conn:
        lead = leads.lock(conn, lead_id)
        events.add(
            conn,
            clinic_id=lead.clinic_id,
            lead_id=lead_id,
            at=now,
            kind="note",
            data={"by": user.name, "called": called, "text": written},
        )
        if called:
            first_calls.keep(conn, lead_id, now)
            for task in tasks.of_lead(conn, lead_id):
                if task.kind == "call":
                    tasks.finish(conn, lead.clinic_id, task.id, user.id, now)
        audits.record(conn, lead.clinic_id, user.id, now, "lead noted", str(lead_id), {"called": called})
