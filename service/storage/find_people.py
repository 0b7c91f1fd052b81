"""Finding people by the beginning of a name or an address while somebody types: a few index lookups, whatever the size
of the clinic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.lead import full_name
from service.storage import people
from service.storage.either_way import bytewise
from service.storage.tables import lead

MOST = 8
_LOOKED_AT = 400  # of each column's matches; further words choose among them
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Found:
    id: int
    name: str
    email: str | None
    stage: str


def find_people(conn: Connection, clinic_id: int, words: Sequence[str]) -> list[Found]:
    """At most MOST: each word begins the first or last name or the address, or stands in the phone number. By name."""
    if not words:
        return []
    longest, *others = sorted(words, key=len, reverse=True)
    ids = sa.union(*(_beginning(column, clinic_id, longest) for column in _COLUMNS), *_dialled(clinic_id, longest))
    chosen = sa.select(ids.subquery("found").c.id)
    query = sa.select(lead.c.id, lead.c.first_name, lead.c.last_name, lead.c.email, lead.c.phone, people.stage()).where(
        lead.c.id.in_(chosen), *map(people.named, others)
    )
    order = (sa.func.lower(lead.c.first_name), sa.func.lower(lead.c.last_name), lead.c.id)
    return [
        Found(lead_id, full_name(first, last) or email or phone or "Nobody named", email, stage)
        for lead_id, first, last, email, phone, stage in conn.execute(query.order_by(*order).limit(MOST))
    ]


_COLUMNS: tuple[sa.ColumnElement[Any], ...] = (
    bytewise(sa.func.lower(lead.c.first_name)),
    bytewise(sa.func.lower(lead.c.last_name)),
    bytewise(lead.c.email_key),
)


def _beginning(column: sa.ColumnElement[Any], clinic_id: int, word: str) -> sa.Select[Any]:
    start = word.casefold()
    found = sa.select(lead.c.id).where(lead.c.clinic_id == clinic_id, column >= start, column < start + _LAST)
    return sa.select(found.order_by(column).limit(_LOOKED_AT).subquery().c.id)


def _dialled(clinic_id: int, word: str) -> list[sa.Select[Any]]:
    """A whole number, as people read it from a display, in our spelling."""
    digits = "".join(filter(str.isdigit, word))
    if len(digits) < 10 or any(letter.isalpha() for letter in word):
        return []
    spelt = [f"+{digits}", f"+1{digits}"]
    return [sa.select(lead.c.id).where(lead.c.clinic_id == clinic_id, lead.c.phone.in_(spelt))]
