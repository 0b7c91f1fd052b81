"""Asking the clinic's people to do something about a lead: it stands on Home until somebody has done it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from sqlalchemy.engine import Connection

from service.domain.question import question_of
from service.storage import events, tasks
from service.storage.tasks import NewTask

Kind = Literal["urgent", "call", "answer", "minor", "note"]


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
    return bool(ask_many(conn, [NewTask(clinic_id, lead_id, kind, text, once, run)], now))


def ask_many(conn: Connection, wanted: Sequence[NewTask], now: int) -> int:
    """The same for many; gives how many are new."""
    fresh = tasks.add_many(conn, wanted, now)
    told = [
        {
            "clinic_id": task.clinic_id,
            "lead_id": task.lead_id,
            "at": now,
            "kind": "staff-asked",
            "enrollment_id": task.run,
            "data": {"task": task.kind},
        }
        for task in fresh
    ]
    events.add_many(conn, told)
    return len(fresh)


def ask_for_answer(
    conn: Connection, clinic_id: int, lead_id: int, post_id: int, answers: Iterable[tuple[str, str]], at: int
) -> bool:
    """Asks for a reply to what was written at a sign-up, unless the same words wait for one already."""
    text = question_of(answers)
    if text is None:
        return False
    if any(row.kind == "answer" and row.done_at is None and row.text == text for row in tasks.of_lead(conn, lead_id)):
        return False
    return ask_staff(
        conn, clinic_id=clinic_id, lead_id=lead_id, kind="answer", text=text, now=at, once=f"answer:{post_id}"
    )
