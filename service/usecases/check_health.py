"""Whether all that sends mail is well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from service.domain.timing import HOUR, MINUTE
from service.storage import clinics, enrollments, messages, schema, workers
from service.storage.schema import Standing
from service.storage.workers import WorkerRow
from service.usecases.kit import Kit

TICK_AGE = 60
OVERDUE_AFTER = 15 * MINUTE
TOLD_FOR = HOUR  # of a worker that is silent


def check_health(kit: Kit) -> dict[str, Any]:
    """{ok, reasons, database, migrations: {current, head, ok}, worker: {last_tick_age, ok}, workers: [{name, version,
    last_beat_age, last_tick_age, ok}], due, overdue, in_doubt, stopped}; ages in seconds.

    Not ok when the database does not answer, a migration is missing, no worker has ticked for a minute, or somebody has
    been due for a quarter of an hour although nothing is stopped; `reasons` says which, and what to do. `workers` are
    those of the last hour that were not asked to stop."""
    try:
        with kit.db.read() as conn:
            standing = schema.of(conn)
            if not standing.up_to_date:
                why = ["a migration is missing: python -m service migrate"]
                return {"ok": False, "reasons": why, "database": "ok", "migrations": _migrations(standing)}
            now, wall = kit.clock(), kit.wall()
            stopped = [row.id for row in clinics.everyone(conn).values() if row.stopped_at is not None]
            due, overdue = enrollments.counts(conn, now, OVERDUE_AFTER, stopped)
            found = workers.since(conn, wall - TOLD_FOR)
            ticked = workers.last_tick(conn)
            doubtful = messages.count_in_doubt(conn)
    except SQLAlchemyError:
        return {"ok": False, "reasons": ["the database does not answer"], "database": "does not answer"}
    age = _age(ticked, wall)
    ticking = age is not None and age <= TICK_AGE
    reasons = list(_reasons(found, age, ticking, overdue))
    return {
        "ok": not reasons,
        "reasons": reasons,
        "database": "ok",
        "migrations": _migrations(standing),
        "worker": {"ok": ticking, "last_tick_age": age},
        "workers": [_worker(row, wall) for row in found if row.stopped_at is None],
        "due": due,
        "overdue": overdue,
        "in_doubt": doubtful,
        "stopped": len(stopped),
    }


def _reasons(found: Sequence[WorkerRow], age: int | None, ticking: bool, overdue: int) -> Iterator[str]:
    if not ticking:
        silent = "no worker has ticked yet" if age is None else f"no worker has ticked for {age} s"
        asked = bool(found) and all(row.stopped_at is not None for row in found)
        yield f"{silent}: {'all were asked to stop; ' if asked else ''}python -m service worker"
    if overdue:
        yield f"{overdue} have been due for more than {OVERDUE_AFTER // MINUTE} minutes: look at the worker's log"


def _worker(row: WorkerRow, wall: int) -> dict[str, Any]:
    tick = _age(row.tick_at, wall)
    return {
        "name": row.name,
        "version": row.version,
        "last_beat_age": _age(row.beat_at, wall),
        "last_tick_age": tick,
        "ok": tick is not None and tick <= TICK_AGE,
    }


def _age(at: int | None, wall: int) -> int | None:
    return None if at is None else max(0, wall - at)


def _migrations(standing: Standing) -> dict[str, Any]:
    return {"ok": standing.up_to_date, "current": standing.current, "head": standing.head}
