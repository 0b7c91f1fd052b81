"""Row locks in one order: whoever changes several rows takes them by rising id, so that nobody waits in a ring."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.either_way import listed


def lock_rows(conn: Connection, table: sa.Table, *where: sa.ColumnElement[Any]) -> None:
    """Locks the rows that match for a change, by rising id; rows that refer to them can still be added. A database with
    one writer at a time needs none."""
    if conn.dialect.name == "postgresql":
        conn.execute(_locking(table).where(*where))


def lock_ids(conn: Connection, table: sa.Table, row_ids: Collection[int]) -> None:
    if row_ids and conn.dialect.name == "postgresql":
        conn.execute(_locking(table).where(listed(table.c.id, "row_ids")), {"row_ids": row_ids})


def _locking(table: sa.Table) -> sa.Select[tuple[int]]:
    return sa.select(table.c.id).order_by(table.c.id).with_for_update(key_share=True)
