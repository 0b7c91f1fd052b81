"""Caps as unique rows: the n-th marketing mail of a lead's local day can be claimed once, whoever races."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from service.storage.tables import cap

_DAYS = sa.select(cap.c.lead_id, cap.c.day).where(
    cap.c.lead_id.in_(sa.bindparam("lead_ids", expanding=True)), cap.c.day >= sa.bindparam("since_day")
)
_CLAIM = {
    dialect: insert(cap).on_conflict_do_nothing().returning(cap.c.message_id)
    for dialect, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


class Claim(NamedTuple):
    lead_id: int
    day: int
    n: int
    message_id: int


def days(conn: Connection, lead_ids: Iterable[int], since_day: int) -> dict[int, list[int]]:
    """For each lead the local days (ordinals) of its mails from `since_day` on, one entry a mail."""
    found: dict[int, list[int]] = {}
    for lead_id, day in conn.execute(_DAYS, {"lead_ids": list(lead_ids), "since_day": since_day}):
        found.setdefault(lead_id, []).append(day)
    return found


def of_messages(conn: Connection, message_ids: Iterable[int], lead_ids: Iterable[int]) -> dict[int, int]:
    """The local day that each of the messages has claimed."""
    query = sa.select(cap.c.message_id, cap.c.day).where(
        cap.c.lead_id.in_(list(lead_ids)), cap.c.message_id.in_(list(message_ids))
    )
    return {message_id: day for message_id, day in conn.execute(query)}


def release(conn: Connection, lead_id: int, day: int, message_id: int) -> None:
    """Gives back what a message has claimed for a day on which it did not go out."""
    conn.execute(sa.delete(cap).where(cap.c.lead_id == lead_id, cap.c.day == day, cap.c.message_id == message_id))


def claim(conn: Connection, claims: Sequence[Claim]) -> set[int]:
    """Takes what is free; gives the message ids that got their row."""
    if not claims:
        return set()
    ordered = [row._asdict() for row in sorted(claims)]
    return set(conn.execute(_CLAIM[conn.dialect.name], ordered).scalars())
