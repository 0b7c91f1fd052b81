"""Who changed what, and who looked at answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.tables import audit


def record(
    conn: Connection,
    clinic_id: int | None,
    user_id: int | None,
    at: int,
    action: str,
    object: str,  # noqa: A002 - the column's name
    data: Mapping[str, Any],
) -> int:
    """Gives the line's id."""
    line = ids.new()
    conn.execute(
        sa.insert(audit).values(
            id=line, clinic_id=clinic_id, user_id=user_id, at=at, action=action, object=object, data=dict(data)
        )
    )
    return line


def find(conn: Connection, clinic_id: int, line: int) -> Entry | None:
    query = sa.select(*(audit.c[name] for name in Entry.__dataclass_fields__))
    row = conn.execute(query.where(audit.c.id == line, audit.c.clinic_id == clinic_id)).first()
    return Entry(*row) if row else None


PAGE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What is searched for: by whom, which actions (none: any), and from when to before when (UTC epoch seconds)."""

    user_id: int | None = None
    actions: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    user_id: int | None
    at: int
    action: str
    object: str
    data: Mapping[str, Any]


def page(conn: Connection, clinic_id: int, asked: Asked, after: tuple[int, int] | None = None) -> list[Entry]:
    """Newest first, at most PAGE + 1: one more than is shown tells that there is a next page."""
    c = audit.c
    query = sa.select(*(c[name] for name in Entry.__dataclass_fields__)).where(c.clinic_id == clinic_id)
    if asked.user_id is not None:
        query = query.where(c.user_id == asked.user_id)
    if asked.actions:
        query = query.where(c.action.in_(asked.actions))
    if asked.since is not None:
        query = query.where(c.at >= asked.since)
    if asked.until is not None:
        query = query.where(c.at < asked.until)
    if after is not None:
        query = query.where(sa.tuple_(c.at, c.id) < sa.tuple_(*map(sa.literal, after)))
    return [Entry(*row) for row in conn.execute(query.order_by(c.at.desc(), c.id.desc()).limit(PAGE + 1))]
