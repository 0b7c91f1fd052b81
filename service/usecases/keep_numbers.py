"""Numbers that take long to count are counted while somebody looks at them, every few minutes, and kept in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from service.domain.timing import DAY, MINUTE
from service.storage import kept_numbers
from service.usecases.kit import Kit

FRESH = 10 * MINUTE
LOOKED_AT, FORGOTTEN = DAY, 30 * DAY
NOTED = 5 * MINUTE  # a look is written down once in so long
SOON = 0.05  # seconds that a look waits to be written down

Answer = Mapping[str, Any]
Count = Callable[[Connection], Answer]


class Counted(NamedTuple):
    answer: Answer
    taken_at: int


def kept(kit: Kit, clinic_id: int, subject: str, count: Count) -> Counted:
    """As it was counted last; counted now where it never was."""
    now = kit.clock()
    with kit.db.read() as conn:
        found = kept_numbers.find(conn, clinic_id, subject)
    if found is None:
        return count_anew(kit, clinic_id, subject, count)
    if found.asked_at < now - NOTED:
        # A page is shown however busy the database is.
        with suppress(OperationalError), kit.db.write(patience=SOON) as conn:
            kept_numbers.ask(conn, clinic_id, subject, now)
    return Counted(found.answer, found.taken_at)


def count_anew(kit: Kit, clinic_id: int, subject: str, count: Count) -> Counted:
    """Nothing is locked while it counts."""
    now = kit.clock()
    with kit.db.read() as conn:
        answer = count(conn)
    with kit.db.write() as conn:
        kept_numbers.keep(conn, clinic_id, subject, answer, now, now)
    return Counted(answer, now)


def outdated(kit: Kit) -> list[kept_numbers.Kept]:
    """What somebody looks at and was counted too long ago. Forgets what nobody does."""
    now = kit.clock()
    with kit.db.read() as conn:
        found = kept_numbers.outdated(conn, now - LOOKED_AT, now - FRESH)
        old = kept_numbers.unasked(conn, now - FORGOTTEN)
    if old:
        with kit.db.write() as conn:
            kept_numbers.forget(conn, now - FORGOTTEN)
    return found
