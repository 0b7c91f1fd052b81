"""Planning the calls that steps make, inside the transaction that moves their enrollments."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from service.storage import hook_calls, hooks
from service.storage.hook_calls import CallRow, NewCall
from service.usecases.ask_staff import ask_staff

__all__ = ["NewCall", "note_failure", "plan_calls"]


def plan_calls(conn: Connection, calls: Sequence[NewCall], now: int) -> None:
    """Each call once, however often it is planned. Where a webhook does not exist or is off, nothing is called, and the
    clinic's people are told so: one task for all that a missing name holds up, until somebody ticks it off."""
    told: set[tuple[int, str]] = set()
    for call in hook_calls.plan_calls(conn, calls, now):
        if (call.clinic_id, call.hook_name) in told:
            continue
        told.add((call.clinic_id, call.hook_name))
        occasion = f"no-hook:{call.hook_name}:"
        if not hooks.note_stands(conn, call.clinic_id, occasion):
            ask_staff(
                conn,
                clinic_id=call.clinic_id,
                lead_id=call.lead_id,
                kind="note",
                text=f"A step was to call the webhook “{call.hook_name}”, which does not exist or is off. Add it under "
                "Settings, Webhooks, or take the step out. Others may be held up by it too; nothing is called later.",
                now=now,
                once=f"{occasion}{call.enrollment_id}:{call.step}:{call.visit}",
                run=call.enrollment_id,
            )


def note_failure(conn: Connection, call: CallRow, reason: str, now: int) -> None:
    """Tells the clinic's people of a call that failed for good: one task a webhook, until somebody ticks it off."""
    occasion = f"hook-failed:{call.hook_id}:"
    if not hooks.note_stands(conn, call.clinic_id, occasion):
        ask_staff(
            conn,
            clinic_id=call.clinic_id,
            lead_id=call.lead_id,
            kind="note",
            text=f"The webhook “{call.name}” was not told of them: {reason}. How many more of its calls failed stands "
            "under Settings, Webhooks.",
            now=now,
            once=f"{occasion}{call.id}",
            run=call.enrollment_id,
        )
