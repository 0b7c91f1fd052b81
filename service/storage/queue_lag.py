"""How far the queue is behind. Apart from the queue's own upkeep, which loads PostgreSQL's driver."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_LAG = sa.text(
    "SELECT extract(epoch FROM clock_timestamp() - min(event.at)) FROM procrastinate.procrastinate_jobs job"
    " JOIN procrastinate.procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred'"
    " WHERE job.status = 'todo'"
)


def lag(conn: Connection) -> float | None:
    """For how many seconds the job that waits longest has waited; None where there is no queue."""
    if conn.dialect.name != "postgresql":
        return None
    if conn.execute(sa.text("SELECT to_regclass('procrastinate.procrastinate_jobs')")).scalar() is None:
        return None
    return max(0.0, float(conn.execute(_LAG).scalar() or 0))
