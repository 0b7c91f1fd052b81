"""An address that bounces softly again and again rests: so many in a row end its series, a delivery takes that back."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.engine import Connection

from service.storage import enrollment_moves, leads, soft_bounces, suppressions
from service.storage.soft_bounces import REASON, Row
from service.usecases.suppress_address import suppress_address


def count_soft_bounces(conn: Connection, lead_ids: Collection[int], now: int) -> None:
    """Works inside the transaction that has stamped these leads' messages. What stands afterwards follows from all that
    was reported, in whatever order it came: a delivery that is told of late lifts what rested too soon."""
    for row in soft_bounces.of_leads(conn, lead_ids):
        if row.streak >= row.most and row.stopped_at is None:
            suppress_address(conn, row.email_key, REASON, now, clinic_id=row.clinic_id)
        elif row.streak < row.most and row.stopped_at is not None:
            _wake(conn, row, row.stopped_at, now)


def _wake(conn: Connection, row: Row, stopped_at: int, now: int) -> None:
    leads.lock(conn, row.lead_id)
    suppressions.lift(conn, row.clinic_id, row.email_key, REASON, now)
    enrollment_moves.take_back(conn, row.lead_id, REASON, stopped_at, now)
