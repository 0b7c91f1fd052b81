"""Caps as unique rows: the n-th marketing mail of a lead's local day can be claimed once, whoever races."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count
from operator import itemgetter
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.bulk import claim_rows
from service.storage.either_way import listed
from service.storage.tables import cap

_SINCE = sa.select(cap.c.lead_id, cap.c.day, cap.c.n).where(
    listed(cap.c.lead_id, "lead_ids"), cap.c.day >= sa.bindparam("since_day")
)
_COLUMNS = ("lead_id", "day", "n", "message_id")
_BY_MESSAGE = itemgetter(3)


class Claim(NamedTuple):
    lead_id: int
    day: int
    at_most: int
    message_id: int


def taken(conn: Connection, lead_ids: Collection[int], since_day: int) -> dict[int, list[tuple[int, int]]]:
    """For each lead what its mails have claimed from `since_day` on, as (local day, number): one entry a mail."""
    found: dict[int, list[tuple[int, int]]] = {}
    for lead_id, day, n in conn.execute(_SINCE, {"lead_ids": lead_ids, "since_day": since_day}).all():
        found.setdefault(lead_id, []).append((day, n))
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
    return claim_as_read(conn, claims, _taken(conn, claims)) if claims else set()


def claim_as_read(
    conn: Connection, claims: Sequence[Claim], taken: Mapping[int, Sequence[tuple[int, int]]]
) -> set[int]:
    """The same with what `taken` gave a moment ago. No number is above `at_most`, and each is taken once: however many
    hands read at the same moment, a day never sees more."""
    wanted, given = [], dict[tuple[int, int], set[int]]()
    for claim in sorted(claims, key=_BY_MESSAGE):
        lead_id, day, at_most, message_id = claim
        numbers = given.get((lead_id, day))
        if numbers is None:
            numbers = given[lead_id, day] = {n for of, n in taken.get(lead_id, ()) if of == day}
        if len(numbers) < at_most:
            n = 1 if not numbers else next(number for number in count(1) if number not in numbers)
            numbers.add(n)
            wanted.append((lead_id, day, n, message_id))
    wanted.sort()  # whoever waits for another's place waits in one order
    return claim_rows(conn, cap, _COLUMNS, wanted, "message_id")


def _taken(conn: Connection, claims: Iterable[Claim]) -> dict[int, list[tuple[int, int]]]:
    return taken(conn, {each.lead_id for each in claims}, min(each.day for each in claims))
