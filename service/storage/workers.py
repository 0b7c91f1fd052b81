"""Workers' signs of life. Their instants are the machine's own time, also in a demo whose clock runs ahead."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from service.storage.tables import worker


def beat(conn: Connection, name: str, started_at: int, now: int, tick_at: int | None) -> None:
    """Writes the worker's row, or renews it; forgets workers silent for a day."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    values = {"name": name, "started_at": started_at, "beat_at": now, "tick_at": tick_at}
    conn.execute(insert(worker).values(values).on_conflict_do_update(index_elements=["name"], set_=values))
    conn.execute(sa.delete(worker).where(worker.c.beat_at < now - 86_400))


def last_tick(conn: Connection) -> int | None:
    return conn.execute(sa.select(sa.func.max(worker.c.tick_at))).scalar()


def last_beat(conn: Connection) -> int | None:
    return conn.execute(sa.select(sa.func.max(worker.c.beat_at))).scalar()


def forget(conn: Connection) -> None:
    conn.execute(sa.delete(worker))
