"""Overdue mails wait for a person: send them now, or skip them."""

from __future__ import annotations

from typing import Literal

from sqlalchemy.engine import Connection

from service.domain.engine import skip
from service.domain.enrollment import EnrollmentState
from service.storage import audits, enrollment_moves, enrollments, refusals
from service.storage.enrollments import DueRow
from service.usecases import facts as known
from service.usecases import moves
from service.usecases.advance import at
from service.usecases.kit import Kit


def release(kit: Kit, clinic_id: int, how: Literal["send", "skip"], user_id: int, guard: str = "overdue") -> int:
    """`send`: due now, through the whole gate. `skip`: on to the next step, and the reason is kept. Gives how many."""
    now = kit.clock()
    with kit.db.write() as conn:
        rows = enrollments.held(conn, clinic_id, guard)
        if how == "send":
            due_now = [{**moves.move(row, EnrollmentState.ACTIVE), "to_due": now} for row in rows]
            enrollment_moves.move(conn, due_now)
        else:
            _skip(conn, kit, rows, guard, now)
        audits.record(conn, clinic_id, user_id, now, f"held mails: {how}", guard, {"people": len(rows)})
    return len(rows)


def _skip(conn: Connection, kit: Kit, rows: list[DueRow], guard: str, now: int) -> None:
    versions = kit.library.versions(conn, {row.version_id for row in rows})
    definitions = {key: version.definition for key, version in versions.items()}
    loaded = known.load(conn, rows, definitions, now)
    gone, refused = [], []
    for row in rows:
        facts = loaded.facts[row.id]
        gone.append(moves.forward(row, skip(definitions[row.version_id], at(row), facts, now), now))
        refused.append(moves.refused(row, facts, "skipped", guard, "skipped by hand", None, now))
    enrollment_moves.move(conn, gone)
    refusals.add_many(conn, refused)
