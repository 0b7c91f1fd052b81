"""Caps as unique rows: the n-th marketing mail of a lead's local day can be claimed once, whoever races."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.bulk import claim_rows
from service.storage.either_way import listed
from service.storage.tables import cap

_DAYS = sa.select(cap.c.lead_id, cap.c.day).where(
    listed(cap.c.lead_id, "lead_ids"), cap.c.day >= sa.bindparam("since_day")
)
_NUMBERS = sa.select(cap.c.lead_id, cap.c.day, cap.c.n).where(
    listed(cap.c.lead_id, "lead_ids"), listed(cap.c.day, "days")
)
_COLUMNS = ("lead_id", "day", "n", "message_id")


class Claim(NamedTuple):
    lead_id: int
    day: int
    at_most: int
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
    """Takes the lowest free n for each while the day holds fewer than `at_most`, the lower message id first; gives the
    message ids that got their row. Where another hand took the same n first, nothing is taken: who is left out is
    decided on again."""
    if not claims:
        return set()
    taken = _taken(conn, claims)
    wanted = []
    for lead_id, day, at_most, message_id in sorted(claims, key=lambda each: (each.lead_id, each.day, each.message_id)):
        numbers = taken.setdefault((lead_id, day), set())
        if len(numbers) < at_most:
            n = next(number for number in count(1) if number not in numbers)
            numbers.add(n)
            wanted.append((lead_id, day, n, message_id))
    return claim_rows(conn, cap, _COLUMNS, wanted, "message_id")


def _taken(conn: Connection, claims: Iterable[Claim]) -> dict[tuple[int, int], set[int]]:
    lead_ids, wanted = {each.lead_id for each in claims}, {each.day for each in claims}
    found: dict[tuple[int, int], set[int]] = {}
    for lead_id, day, n in conn.execute(_NUMBERS, {"lead_ids": list(lead_ids), "days": list(wanted)}):
        found.setdefault((lead_id, day), set()).add(n)
    return found
