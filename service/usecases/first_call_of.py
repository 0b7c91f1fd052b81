"""One lead's clock from sign-up to the first call."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from service.domain.first_call import CallClock, call_clock
from service.storage import first_calls
from service.storage.leads import LeadRow


def first_call_of(conn: Connection, row: LeadRow, aim: int, now: int) -> CallClock | None:
    """None of somebody whom nobody has called and nobody needs to."""
    if row.called_at is None and not first_calls.awaited(conn, row.id, now):
        return None
    return call_clock(row.created_at, row.called_at, aim, now)
