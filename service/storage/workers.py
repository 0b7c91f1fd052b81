"""Workers' signs of life. Their instants are the machine's own time, also in a demo whose clock runs ahead."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from service.storage.tables import worker


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """`name` says nothing of the machine. `tick_at`: when it last found its work done or under way; None: never yet.
    `stopped_at`: it was asked to stop, and did."""

    name: str
    started_at: int
    beat_at: int
    tick_at: int | None
    version: str
    stopped_at: int | None


_ROW = [worker.c[name] for name in WorkerRow.__dataclass_fields__]


def beat(conn: Connection, name: str, started_at: int, now: int, tick_at: int | None, version: str = "") -> None:
    """Writes the worker's row, or renews it; forgets workers silent for a day."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    values = {"name": name, "started_at": started_at, "beat_at": now, "tick_at": tick_at, "version": version}
    conn.execute(insert(worker).values(values).on_conflict_do_update(index_elements=["name"], set_=values))
    conn.execute(sa.delete(worker).where(worker.c.beat_at < now - 86_400))


def stop(conn: Connection, name: str, now: int) -> None:
    conn.execute(sa.update(worker).where(worker.c.name == name).values(stopped_at=now))


def since(conn: Connection, instant: int) -> list[WorkerRow]:
    """Those that beat at `instant` or later, the longest at work first."""
    query = sa.select(*_ROW).where(worker.c.beat_at >= instant).order_by(worker.c.started_at, worker.c.name)
    return [WorkerRow(*row) for row in conn.execute(query)]


def last_tick(conn: Connection) -> int | None:
    return conn.execute(sa.select(sa.func.max(worker.c.tick_at))).scalar()


def last_beat(conn: Connection) -> int | None:
    return conn.execute(sa.select(sa.func.max(worker.c.beat_at))).scalar()


def forget(conn: Connection) -> None:
    conn.execute(sa.delete(worker))
