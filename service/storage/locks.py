"""Row locks in one order: whoever changes several rows takes them by rising id, so that nobody waits in a ring."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection


def lock_rows(conn: Connection, table: sa.Table, *where: sa.ColumnElement[Any]) -> None:
    """Locks the rows that match for a change, by rising id; rows that refer to them can still be added. A database with
    one writer at a time needs none."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(table.c.id).where(*where).order_by(table.c.id).with_for_update(key_share=True))


def lock_ids(conn: Connection, table: sa.Table, row_ids: Collection[int]) -> None:
    if row_ids:
        lock_rows(conn, table, table.c.id.in_(list(row_ids)))
