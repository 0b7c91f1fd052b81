"""How far the people of the last thirty days have come, beside those of the thirty before."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.domain.timing import day_start, local_day
from service.storage import home_numbers, kept_numbers
from service.storage.clinics import ClinicRow
from service.storage.home_numbers import Funnel
from service.usecases.keep_numbers import Answer, Count, kept
from service.usecases.kit import Kit

SUBJECT = "funnel"
SPAN = 30  # days


@dataclass(frozen=True, slots=True)
class FunnelCount:
    """`ahead`: how many of the current ones have a visit to come. `taken_at`: when it was counted, None: just now."""

    current: Funnel
    earlier: Funnel
    ahead: int
    taken_at: int | None = None


def funnel_count(kit: Kit, clinic: ClinicRow, now: int) -> FunnelCount:
    """Counted now, in a large clinic some minutes ago, always of the same day."""
    today = local_day(now, clinic.zone)
    with kit.db.read() as conn:
        if not kept_numbers.exceeds(conn, kit.counts_live, clinic_id=clinic.id):
            return _count(conn, clinic, today, now)
    answer, taken_at = kept(kit, clinic.id, f"{SUBJECT}:{today}", counter(clinic, today, now))
    return FunnelCount(Funnel(tuple(answer["current"])), Funnel(tuple(answer["earlier"])), answer["ahead"], taken_at)


def counter(clinic: ClinicRow, today: int, now: int) -> Count:
    """What counts it, as it is kept; `today` as a local day."""

    def count(conn: Connection) -> Answer:
        found = _count(conn, clinic, today, now)
        return {"current": list(found.current.counts), "earlier": list(found.earlier.counts), "ahead": found.ahead}

    return count


def began(clinic: ClinicRow, today: int) -> int:
    """When the thirty days did."""
    return day_start(today - SPAN + 1, clinic.zone)


def _count(conn: Connection, clinic: ClinicRow, today: int, now: int) -> FunnelCount:
    since, before = began(clinic, today), day_start(today - 2 * SPAN + 1, clinic.zone)
    current, earlier = home_numbers.funnels(conn, clinic.id, [(since, now + 1), (before, since)])
    return FunnelCount(current, earlier, home_numbers.visits_ahead(conn, clinic.id, since, now + 1, now))
