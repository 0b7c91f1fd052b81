"""Inserting a row unless one like it stands already, the same way on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.sql.dml import ReturningInsert


def insert_new(conn: Connection, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """True when the row went in; False when a unique key held it off. It waits for a rival's open transaction."""
    return conn.execute(_statement(table, conn.dialect.name), dict(values)).first() is not None


def insert_many_new(
    conn: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], pair: tuple[sa.Column[int], sa.Column[int]]
) -> dict[int, int]:
    """Inserts those of the rows that no unique key holds off; gives two of their columns as a mapping."""
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    made = conn.execute(insert(table).on_conflict_do_nothing().returning(*pair), list(rows))
    return {key: value for key, value in made}


@lru_cache(maxsize=100)
def _statement(table: sa.Table, dialect: str) -> ReturningInsert[Any]:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing().returning(*table.primary_key)
