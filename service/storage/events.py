"""A lead's timeline: one row for each thing a person or the engine did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.tables import event

_ADD = sa.insert(event)


def add(
    conn: Connection,
    *,
    clinic_id: int,
    lead_id: int,
    at: int,
    kind: str,
    link: str | None = None,
    counts_at: int | None = None,
    flag: str | None = None,
    message_id: int | None = None,
    enrollment_id: int | None = None,
    appointment_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> int:
    """Adds one row and returns its id."""
    event_id = ids.new()
    conn.execute(
        _ADD,
        {
            "id": event_id,
            "clinic_id": clinic_id,
            "lead_id": lead_id,
            "at": at,
            "kind": kind,
            "link": link,
            "counts_at": counts_at,
            "flag": flag,
            "message_id": message_id,
            "enrollment_id": enrollment_id,
            "appointment_id": appointment_id,
            "data": dict(data or {}),
        },
    )
    return event_id


def add_many(conn: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows of the columns of `event` but `id`; columns left out are NULL, `data` empty."""
    listed = list(rows)
    if not listed:
        return
    empty: dict[str, Any] = {column.name: None for column in event.columns} | {"data": {}}
    numbered = [{**empty, **row, "id": number} for number, row in zip(ids.take(len(listed)), listed, strict=True)]
    conn.execute(_ADD, numbered)
