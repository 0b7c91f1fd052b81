"""Rows by the hundred thousand, made by the database itself: a table, and each column as an expression over `n.i`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from service.storage.database import Database

Rows = tuple[str, Mapping[str, str], str]  # table, column → expression, and of which n.i

CLINIC = {
    "slug": "bench",
    "name": "Bench",
    "address": "1 Example Street",
    "city": "Minnetonka",
    "phone": "+19525550100",
    "website": "https://bench.example",
    "zone": "America/Chicago",
    "from_name": "Bench",
    "from_email": "hello@bench.example",
    "reply_to": "hello@bench.example",
}


def fill(db: Database, rows: Iterable[Rows], size: int, values: Mapping[str, Any], settled: bool = True) -> None:
    """`values` for the :names in the expressions; `:size` is one of them. The disk is waited for once, at the end."""
    numbers = (
        "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :size) SELECT i FROM n) AS n"
        if db.sqlite
        else "(SELECT CAST(i AS bigint) AS i FROM generate_series(1, :size) AS i) AS n"
    )
    known = {"size": size, **values}
    with db.hurried() as hurried:
        for table, columns, of_whom in rows:
            names, expressions = ", ".join(f'"{name}"' for name in columns), ", ".join(columns.values())
            text = sa.text(f"INSERT INTO {table} ({names}) SELECT {expressions} FROM {numbers} WHERE {of_whom}")
            with hurried.write() as conn:
                conn.execute(text, {name: known[name] for name in text.compile().params})
    if settled:
        settle(db)


def settle(db: Database) -> None:
    """What a server does by itself after a while: counts what it holds, so that its plans are those of every day.
    SQLite does not, and is not asked to."""
    if db.sqlite:
        return
    url = db.url.set(drivername="postgresql").render_as_string(hide_password=False)
    import psycopg  # noqa: PLC0415 - a contender on SQLite does without

    with psycopg.connect(url, autocommit=True) as server:
        server.execute("VACUUM ANALYZE")
