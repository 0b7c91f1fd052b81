"""Overdue mails wait for a person: send them now, or skip them."""

from __future__ import annotations

from typing import Literal

from sqlalchemy.engine import Connection

from service.domain.engine import skip
from service.domain.enrollment import EnrollmentState
from service.storage import audits, enrollment_moves, enrollments, messages, planned, refusals
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
        late = _late_messages(conn, clinic_id, how, now) if guard == planned.OVERDUE else 0
        audits.record(conn, clinic_id, user_id, now, f"held mails: {how}", guard, {"people": len(rows) + late})
    return len(rows) + late


def _late_messages(conn: Connection, clinic_id: int, how: str, now: int) -> int:
    """Mails that the provider had put off for too long. Their runs have long moved on."""
    found = planned.overdue(conn, clinic_id)
    if how == "send":
        planned.let_go(conn, found, now)
    else:
        messages.drop(conn, dict.fromkeys((row.id for row in found), "skipped by hand"), now)
    return len(found)


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
