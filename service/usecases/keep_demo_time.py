"""A demo's clock stands still while nothing runs: nobody comes back to a house full of overdue mail."""

from __future__ import annotations

from service.domain.timing import HOUR
from service.storage import settings, workers
from service.storage.database import Database


def keep_demo_time(db: Database, now: int) -> None:
    """Called before a start: takes up the demo's time where the last worker left it. `now` is the machine's."""
    with db.write() as conn:
        if settings.get(conn, settings.DEMO) is None:
            return
        beat = workers.last_beat(conn)
        if beat is not None and now - beat > HOUR:
            settings.put(conn, settings.CLOCK_OFFSET, str(settings.clock_offset(conn) - (now - beat)))
            workers.forget(conn)
