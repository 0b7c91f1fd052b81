"""When somebody here first called a lead: kept with the lead, so that the clock from sign-up to call is one column."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import people
from service.storage.tables import event, lead, task


def keep(conn: Connection, lead_id: int, at: int) -> None:
    """A call at `at`. Only the first counts. Nothing that is on its way to the lead changes by it, nor its revision."""
    conn.execute(sa.update(lead).where(lead.c.id == lead_id, lead.c.called_at.is_(None)).values(called_at=at))


def find_anew(conn: Connection, lead_id: int) -> None:
    """After a call turned out to be none: the first of those that still stand, if any."""
    called = event.c.data["called"].as_boolean().is_(sa.true())
    noted = sa.select(sa.func.min(event.c.at)).where(event.c.lead_id == lead_id, event.c.kind == "note", called)
    done = sa.select(sa.func.min(task.c.done_at)).where(task.c.lead_id == lead_id, task.c.kind == "call")
    known = [conn.execute(query).scalar_one() for query in (noted, done)]
    first = min((at for at in known if at is not None), default=None)
    conn.execute(sa.update(lead).where(lead.c.id == lead_id).values(called_at=first))


def awaited(conn: Connection, lead_id: int, now: int) -> bool:
    """Whether the lead waits for it now."""
    found = conn.execute(sa.select(lead.c.id).where(lead.c.id == lead_id, people.awaits_call(now)))
    return found.first() is not None
