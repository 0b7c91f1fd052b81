"""Caps as unique rows: the n-th marketing mail of a lead's local day can be claimed once, whoever races."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from service.storage.tables import cap


class Claim(NamedTuple):
    lead_id: int
    day: int
    n: int
    message_id: int


def days(conn: Connection, lead_ids: Iterable[int], since_day: int) -> dict[int, list[int]]:
    """For each lead the local days (ordinals) of its mails from `since_day` on, one entry a mail."""
    found: dict[int, list[int]] = {}
    query = sa.select(cap.c.lead_id, cap.c.day).where(cap.c.lead_id.in_(list(lead_ids)), cap.c.day >= since_day)
    for lead_id, day in conn.execute(query):
        found.setdefault(lead_id, []).append(day)
    return found


def claim(conn: Connection, claims: Sequence[Claim]) -> set[int]:
    """Takes what is free; gives the message ids that got their row."""
    if not claims:
        return set()
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    ordered = [row._asdict() for row in sorted(claims)]
    statement = insert(cap).on_conflict_do_nothing().returning(cap.c.message_id)
    return set(conn.execute(statement, ordered).scalars())
