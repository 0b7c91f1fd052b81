"""A crowd of leads, each as the product itself made one: by the database, in a moment."""

from __future__ import annotations

import psycopg

from tests.support.cast import Cast

_LATER = 10_000_000_000
_TABLES = {"lead": "id", "consent": "lead_id", "enrollment": "lead_id"}
_SPREAD = 7  # odd, so that the copies fall into every shard


def fill(play: Cast, url: str, count: int) -> None:
    """`count` leads beside each other, all of them at the first step of the tiny campaign, whose hour is not near."""
    first = play.lead("guest")
    play.signs_up(first)
    with psycopg.connect(url, autocommit=True) as conn:
        for table, key in _TABLES.items():
            names = [row[0] for row in conn.execute(_COLUMNS, (table,))]
            values = ", ".join(_value(table, name, key) for name in names)
            listed = ", ".join(f'"{name}"' for name in names)
            conn.execute(
                f"INSERT INTO {table} ({listed}) SELECT {values} FROM {table} t, generate_series(1, {count - 1}) n"
                f" WHERE t.{key} = {first}".encode()
            )
        conn.execute(f"UPDATE enrollment SET due_at = {_LATER}".encode())
        conn.execute(b"ANALYZE")


_COLUMNS = (
    "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
    " AND is_generated = 'NEVER'"
)


def _value(table: str, name: str, key: str) -> str:
    if name == "id" or name == key:
        return f't."{name}" + n * {_SPREAD}'
    if table == "lead" and name in ("email", "email_key"):
        return "'guest' || n || '@example.org'"
    return f't."{name}"'
