"""Inserting a row unless one like it stands already, the same way on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection


def insert_new(conn: Connection, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """True when the row went in; False when a unique key held it off. It waits for a rival's open transaction."""
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    made = insert(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key)
    return conn.execute(made).first() is not None
