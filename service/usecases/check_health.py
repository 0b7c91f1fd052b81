"""Whether all that sends mail is well."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from service.domain.timing import MINUTE
from service.storage import clinics, enrollments, messages, schema, workers
from service.storage.schema import Standing
from service.usecases.kit import Kit

TICK_AGE = 60
OVERDUE_AFTER = 15 * MINUTE


def check_health(kit: Kit) -> dict[str, Any]:
    """{ok, database, migrations: {current, head, ok}, worker: {last_tick_age, ok}, due, overdue, in_doubt, stopped}.

    Not ok when the database does not answer, a migration is missing, no worker has ticked for a minute, or somebody has
    been due for a quarter of an hour although nothing is stopped."""
    try:
        with kit.db.read() as conn:
            standing = schema.of(conn)
            if not standing.up_to_date:
                return {"ok": False, "database": "ok", "migrations": _migrations(standing)}
            now = kit.clock()
            stopped = [row.id for row in clinics.everyone(conn).values() if row.stopped_at is not None]
            due, overdue = enrollments.counts(conn, now, OVERDUE_AFTER, stopped)
            ticked = workers.last_tick(conn)
            doubtful = messages.count_in_doubt(conn)
    except SQLAlchemyError:
        return {"ok": False, "database": "does not answer"}
    age = None if ticked is None else max(0, kit.wall() - ticked)
    ticking = age is not None and age <= TICK_AGE
    return {
        "ok": ticking and overdue == 0,
        "database": "ok",
        "migrations": _migrations(standing),
        "worker": {"ok": ticking, "last_tick_age": age},
        "due": due,
        "overdue": overdue,
        "in_doubt": doubtful,
        "stopped": len(stopped),
    }


def _migrations(standing: Standing) -> dict[str, Any]:
    return {"ok": standing.up_to_date, "current": standing.current, "head": standing.head}
