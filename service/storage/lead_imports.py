"""Lists of people that somebody brought: the file, how it is read, how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.import_state import GOING
from service.storage import ids
from service.storage.tables import import_row, lead_import

MOST = 50


@dataclass(frozen=True, slots=True)
class ImportRow:
    """`body`: the file as UTF-8; after the end what was refused, as a file of its own; empty once it is let go of."""

    id: int
    clinic_id: int
    user_id: int | None
    source_id: int | None
    name: str
    tool: str | None
    body: bytes
    mapping: dict[str, str]
    wording: str
    agreed_at: int | None
    for_all: bool
    state: str
    total: int
    reached: int
    counts: dict[str, int]
    undone: int
    at: int
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class ImportLine:
    id: int
    name: str
    state: str
    total: int
    counts: dict[str, int]
    undone: int
    at: int


_ROW = [lead_import.c[column.name] for column in fields(ImportRow)]
_LINE = [lead_import.c[column.name] for column in fields(ImportLine)]
_EMPTY: Mapping[str, Any] = {
    "wording": "",
    "agreed_at": None,
    "for_all": False,
    "state": "mapping",
    "reached": 0,
    "counts": {},
    "undone": 0,
    "source_id": None,
    "ended_at": None,
}


def add(conn: Connection, clinic_id: int, user_id: int | None, at: int, values: Mapping[str, Any]) -> int:
    """`values`: name, tool, body, mapping, total."""
    import_id = ids.new()
    row = {**_EMPTY, **values, "id": import_id, "clinic_id": clinic_id, "user_id": user_id, "at": at}
    conn.execute(sa.insert(lead_import).values(**row))
    return import_id


def find(conn: Connection, import_id: int) -> ImportRow | None:
    row = conn.execute(sa.select(*_ROW).where(lead_import.c.id == import_id)).first()
    return ImportRow(*row) if row else None


def hold(conn: Connection, import_id: int, *states: str) -> ImportRow | None:
    """The list, held until the transaction ends, if it is in one of these states."""
    query = sa.select(*_ROW).where(lead_import.c.id == import_id).with_for_update()
    row = conn.execute(query).first()
    found = ImportRow(*row) if row else None
    return found if found is not None and found.state in states else None


def of_clinic(conn: Connection, clinic_id: int) -> list[ImportLine]:
    """The newest first."""
    query = sa.select(*_LINE).where(lead_import.c.clinic_id == clinic_id)
    rows = conn.execute(query.order_by(lead_import.c.at.desc(), lead_import.c.id.desc()).limit(MOST))
    return [ImportLine(*row) for row in rows]


def going(conn: Connection) -> list[tuple[int, str]]:
    """(id, state) of those that a job has work with, oldest first."""
    query = sa.select(lead_import.c.id, lead_import.c.state).where(lead_import.c.state.in_([*GOING]))
    return [(import_id, state) for import_id, state in conn.execute(query.order_by(lead_import.c.at))]


def change(conn: Connection, import_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(sa.update(lead_import).where(lead_import.c.id == import_id).values(**values))


def drop(conn: Connection, import_id: int) -> None:
    conn.execute(sa.delete(import_row).where(import_row.c.import_id == import_id))
    conn.execute(sa.delete(lead_import).where(lead_import.c.id == import_id))


def bodies(conn: Connection, clinic_id: int) -> list[tuple[int, str, bytes]]:
    """(id, state, body) of those that still hold somebody's words."""
    c = lead_import.c
    query = sa.select(c.id, c.state, c.body).where(c.clinic_id == clinic_id, sa.func.length(c.body) > 0)
    return [(import_id, state, body) for import_id, state, body in conn.execute(query)]
