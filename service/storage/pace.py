"""What has left of each rate: a row a scope, held while mail is taken in hand, so that it is spent once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from service.storage.either_way import listed
from service.storage.tables import pace

_OF = sa.select(pace.c.scope, pace.c.at, pace.c.n, pace.c.step).where(listed(pace.c.scope, "scopes"))


class Spent(NamedTuple):
    """Of a second: `at` is when everything is free again, in microseconds. Of a day: its ordinal, its mails, and the
    days with mail before it."""

    at: int = 0
    mails: int = 0
    step: int = 0


def of_provider(name: str) -> str:
    return f"second:provider:{name}"


def of_second(clinic_id: int) -> str:
    return f"second:clinic:{clinic_id}"


def of_day(clinic_id: int) -> str:
    return f"day:clinic:{clinic_id}"


def spent(conn: Connection, scopes: Collection[str]) -> dict[str, Spent]:
    """By scope; where nothing has left yet there is nothing."""
    return _read(conn, _OF, scopes)


def hold(conn: Connection, scopes: Collection[str]) -> dict[str, Spent]:
    """All of them, held until the transaction ends."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    rows = [{"scope": scope, "at": 0, "n": 0, "step": 0} for scope in sorted(scopes)]
    conn.execute(insert(pace).on_conflict_do_nothing(), rows)
    query = _OF.order_by(pace.c.scope)
    return _read(conn, query.with_for_update() if conn.dialect.name == "postgresql" else query, scopes)


def keep(conn: Connection, rows: Mapping[str, Spent]) -> None:
    """Of scopes that are held."""
    if rows:
        statement = sa.update(pace).where(pace.c.scope == sa.bindparam("of_scope"))
        values: dict[str, Any] = {name: sa.bindparam(f"to_{name}") for name in ("at", "n", "step")}
        found = [
            {"of_scope": key, "to_at": row.at, "to_n": row.mails, "to_step": row.step} for key, row in rows.items()
        ]
        conn.execute(statement.values(values), found)


def begin_anew(conn: Connection, clinic_id: int) -> None:
    """Its warm-up starts with its first day again."""
    conn.execute(sa.update(pace).where(pace.c.scope == of_day(clinic_id)).values(step=0))


def _read(conn: Connection, query: sa.Select[Any], scopes: Collection[str]) -> dict[str, Spent]:
    found = conn.execute(query, {"scopes": list(scopes)})
    return {scope: Spent(at, mails, step) for scope, at, mails, step in found}
