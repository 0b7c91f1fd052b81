"""Asking the clinic's people to do something about a lead: it stands on Home until somebody has done it."""

from __future__ import annotations

from typing import Literal

from sqlalchemy.engine import Connection

from service.storage import events, tasks

Kind = Literal["call", "answer", "minor", "note"]


def ask_staff(
    conn: Connection,
    *,
    clinic_id: int,
    lead_id: int,
    kind: Kind,
    text: str,
    now: int,
    once: str,
    run: int | None = None,
) -> bool:
    """Works inside the caller's transaction. `once` names the occasion (`answer:<inbox id>`): the same one asks once.
    `text` is restricted; the timeline keeps only that somebody was asked. `run` is the enrollment that asks, if one
    does. Gives whether it is new."""
    fresh = tasks.add(
        conn, clinic_id=clinic_id, lead_id=lead_id, kind=kind, text=text, at=now, once=once, enrollment_id=run
    )
    if fresh:
        events.add(
            conn, clinic_id=clinic_id, lead_id=lead_id, at=now, kind="staff-asked", enrollment_id=run,
            data={"task": kind},
        )  # fmt: skip
    return fresh
