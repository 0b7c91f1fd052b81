"""Moving everybody who is on their way to another version, as publishing does."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.carry import carry
from service.domain.enrollment import EnrollmentState
from service.domain.visits import arrive
from service.storage import enrollments
from service.storage.tables import enrollment, message
from service.usecases import facts as known
from service.usecases.alike import at
from tests.support.cast import Cast


def carry_all(play: Cast, campaign_id: int, version_id: int) -> list[str]:
    """Gives what became of each run."""
    now, fates = play.kit.clock(), []
    with play.db.write() as conn:
        going = sa.select(enrollment.c.id).where(
            enrollment.c.campaign_id == campaign_id, enrollment.c.state.in_([1, 2])
        )
        rows = enrollments.with_leads(conn, list(conn.execute(going).scalars()))
        versions = play.kit.library.versions(conn, {version_id, *(row.version_id for row in rows)})
        definitions = {key: version.definition for key, version in versions.items()}
        new = definitions[version_id]
        facts = known.load(conn, rows, definitions, now).facts
        for row in rows:
            moved = carry(definitions[row.version_id], new, at(row), _sent(conn, row.id), facts[row.id], now)
            fates.append(moved.fate)
            values: dict[str, object] = {"version_id": version_id, "visits": dict(moved.visits) or None}
            if moved.place is None:
                values |= {"state": int(EnrollmentState.COMPLETED), "ended_at": now, "reason": "completed"}
            else:
                values |= {"step": moved.place.step, "since": moved.place.since, "due_at": moved.place.due}
            if moved.place is not None and moved.place.step != row.step:
                visit, visits = arrive(moved.visits, row.step, moved.place.step, new.loops)
                values |= {"visit": visit, "visits": visits or None, "held_at": None}
            changed = sa.update(enrollment).where(enrollment.c.id == row.id)
            conn.execute(changed.values(**values, revision=enrollment.c.revision + 1))
    return fates


def _sent(conn: Connection, enrollment_id: int) -> dict[str, int]:
    """The highest visit by step of what was handed over, or may have been."""
    query = (
        sa.select(message.c.step, sa.func.max(message.c.visit))
        .where(message.c.enrollment_id == enrollment_id, message.c.state != "dropped")
        .group_by(message.c.step)
    )
    return {step: visit for step, visit in conn.execute(query)}
