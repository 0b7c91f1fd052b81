"""Counts that somebody acts on, each by an index of its own."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import inbox
from service.storage.tables import delivery_event, message
from service.storage.tables import inbox as posts

_IN_FLIGHT: sa.ColumnElement[Any] = sa.literal_column("'in_flight'")


def dead_leases(conn: Connection, now: int) -> int:
    """Messages whose worker stopped, and which are not counted as in doubt yet."""
    query = sa.select(sa.func.count()).where(message.c.state == _IN_FLIGHT, message.c.lease_until < now)
    return conn.execute(query).scalar_one()


def posts_waiting(conn: Connection) -> int:
    """Sign-ups that are kept and not read yet."""
    waiting: sa.ColumnElement[Any] = sa.literal_column(f"'{inbox.WAITING}'")
    return conn.execute(sa.select(sa.func.count()).where(posts.c.state == waiting)).scalar_one()


def events_waiting(conn: Connection) -> int:
    """The provider's reports that are kept and not applied yet."""
    return conn.execute(sa.select(sa.func.count()).where(delivery_event.c.applied_at.is_(None))).scalar_one()
