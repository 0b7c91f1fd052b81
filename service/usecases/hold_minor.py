"""Somebody under 18 by the form's own answer: no series, and the staff call a parent or guardian."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from service.domain.question import question_of
from service.storage import leads, tasks
from service.storage.leads import LeadRow
from service.usecases.ask_staff import Kind, ask_staff
from service.usecases.keep_lead import Kept
from service.usecases.leave import leave_all, leave_entered_by

SAID = "The form says that they are under 18. Please call a parent or guardian; no series goes out."
REASON = "minor"


def hold_minor(conn: Connection, kept: Kept, post_id: int, answers: Sequence[tuple[str, str]], now: int) -> None:
    """Works inside the caller's transaction. The series of the lead end, visit mails go on. Where a child signed up
    with the address of somebody we know, that person's own series goes on too."""
    lead = kept.lead
    if kept.other is None:
        if not lead.minor:
            leads.change(conn, lead.id, {"minor": True}, now)
        leave_all(conn, lead.id, REASON, now, guard=REASON)
        leave_entered_by(conn, lead.id, "opt-in-asked", REASON, now)
    said = SAID if kept.other is None else f"{kept.other}: {SAID}"
    ask_once(conn, lead, "minor", said, post_id, answers, now)


def ask_once(
    conn: Connection,
    lead: LeadRow,
    kind: Kind,
    said: str,
    post_id: int,
    answers: Sequence[tuple[str, str]],
    now: int,
) -> None:
    """Asks the staff, with what was written, unless the same words wait for them already."""
    text = "\n".join(filter(None, (said, question_of(answers))))
    if any(row.kind == kind and row.done_at is None and row.text == text for row in tasks.of_lead(conn, lead.id)):
        return
    ask_staff(conn, clinic_id=lead.clinic_id, lead_id=lead.id, kind=kind, text=text, now=now, once=f"{kind}:{post_id}")
