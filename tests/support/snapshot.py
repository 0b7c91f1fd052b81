"""A backup of every table, and putting it back, as a database's own tools do it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from service.storage import tables
from service.storage.database import Database

Snapshot = dict[str, list[dict[str, Any]]]


def back_up(db: Database) -> Snapshot:
    with db.read() as conn:
        return {
            table.name: [dict(row) for row in conn.execute(sa.select(table)).mappings()]
            for table in tables.metadata.sorted_tables
        }


def put_back(db: Database, kept: Snapshot) -> None:
    with db.write() as conn:
        for table in reversed(tables.metadata.sorted_tables):
            conn.execute(sa.delete(table))
    lay_down(db, kept)


def lay_down(db: Database, kept: Snapshot) -> None:
    """Into an empty database."""
    with db.write() as conn:
        for table in tables.metadata.sorted_tables:
            if kept[table.name]:
                conn.execute(sa.insert(table), kept[table.name])
