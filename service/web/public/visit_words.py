"""A visit in the words of its page."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.appointment import AppointmentState, change_until, may_change
from service.domain.clock_words import day_words, time_words, zone_words
from service.domain.timing import MINUTE
from service.domain.wording import span_words
from service.usecases.read_link import Owner
from service.web.public.calendar import their_time
from service.web.public.language import language

FRESH = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class VisitWords:
    """`stands`: booked and still to come; `fresh`: booked or moved a few minutes ago."""

    day: str
    span: str
    zone_words: str
    theirs: str | None
    practitioner: str
    stands: bool
    cancelled_by: str | None
    attended: bool
    fresh: str | None
    may_change: bool
    until_day: str
    until_time: str


def visit_words(whose: Owner, practitioner: str, now: int) -> VisitWords | None:
    """None where the person has no visit."""
    visit, zone, code = whose.appointment, whose.clinic.zone, language()
    if visit is None:
        return None
    until = change_until(visit.starts_at, zone)
    fresh = None
    if visit.moved_at is not None and now - visit.moved_at < FRESH:
        fresh = "moved"
    elif visit.moved_at is None and now - visit.booked_at < FRESH:
        fresh = "booked"
    return VisitWords(
        day=day_words(visit.starts_at, zone, code),
        span=span_words(visit.starts_at, visit.ends_at, zone, code),
        zone_words=zone_words(whose.clinic.city, zone, code),
        theirs=their_time(visit.starts_at, zone, whose.lead.zone),
        practitioner=practitioner,
        stands=visit.stands(now),
        cancelled_by=visit.ended_by if visit.state is AppointmentState.CANCELLED else None,
        attended=visit.state is AppointmentState.ATTENDED,
        fresh=fresh,
        may_change=may_change(visit, zone, now),
        until_day=day_words(until, zone, code),
        until_time=time_words(until, zone, code),
    )
