"""The queue's place in PostgreSQL: a schema of its own beside our tables. What is in it may be lost at any time."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.engine import make_url

from service.storage.database import NOTICE

SCHEMA = "procrastinate"
_ONE_AT_A_TIME = 7_043_161  # the advisory lock of whoever lays the queue out


def address(url: str) -> str:
    """The database's address as libpq reads it, for connections that see the queue's schema alone."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    options = f"{conninfo_to_dict(plain).get('options') or ''} -c search_path={SCHEMA}".strip()
    return make_conninfo(plain, options=options, **NOTICE)


def lay_out(url: str, ddl: str, mark: str) -> bool:
    """Makes the queue, or makes it anew where it is of another `mark`. True when anything was done. Safe to run from
    several machines at once."""
    with psycopg.connect(address(url)) as conn:
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (_ONE_AT_A_TIME,))
        if _mark(conn) == mark:
            return False
        conn.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        conn.execute(f"CREATE SCHEMA {SCHEMA}")
        conn.execute(ddl.encode())
        conn.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{mark}'")
    return True


def take_away(url: str) -> None:
    with psycopg.connect(address(url)) as conn:
        conn.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def mark_of(url: str) -> str | None:
    """What `lay_out` was given; None where there is no queue."""
    with psycopg.connect(address(url)) as conn:
        return _mark(conn)


def _mark(conn: psycopg.Connection) -> str | None:
    row = conn.execute(
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s", (SCHEMA,)
    ).fetchone()
    return row[0] if row else None
