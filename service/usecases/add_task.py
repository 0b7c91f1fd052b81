"""Asking somebody here to do something about a lead, on a day: it stands on Home from that morning on."""

from __future__ import annotations

from datetime import date

from service.domain.timing import day_start, local_day
from service.storage import audits, clinics, leads, tasks
from service.storage.tasks import NewTask
from service.storage.users import UserRow
from service.usecases.kit import Kit

LONGEST = 300
FARTHEST = 730  # days
KINDS = ("call", "note")


def add_task(kit: Kit, user: UserRow, lead_id: int, kind: str, text: str, day: str) -> dict[str, str]:
    """What was wrong, by field; empty when it is kept. `day`: as 2026-03-09 in the clinic's zone, or empty for now. The
    same task of the same day is kept once."""
    now, written = kit.clock(), " ".join(text.split())[:LONGEST]
    with kit.db.write() as conn:
        lead = leads.lock(conn, lead_id)
        zone = clinics.get(conn, lead.clinic_id).zone
        due = _due(day, now, zone)
        if due is None:
            return {"day": "Choose today or a later day, within two years."}
        if not written and kind != "call":
            return {"task": "Write what is to be done."}
        once = f"by-hand:{local_day(due, zone)}:{kind}:{written}"
        new = tasks.add_many(conn, [NewTask(lead.clinic_id, lead_id, kind, written, once)], due)
        if new:
            audits.record(conn, lead.clinic_id, user.id, now, "task added", str(lead_id), {"kind": kind})
    return {}


def _due(day: str, now: int, zone: str) -> int | None:
    """The day's first instant; now, on the day itself."""
    if not day:
        return now
    try:
        wanted = date.fromisoformat(day).toordinal()
    except ValueError:
        return None
    today = local_day(now, zone)
    if not today <= wanted <= today + FARTHEST:
        return None
    return now if wanted == today else day_start(wanted, zone)
