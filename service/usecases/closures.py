"""The days on which a clinic sends nothing: public holidays that it keeps, and days on which it is closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from sqlalchemy.engine import Connection

from service.content.public_holidays import public_holidays
from service.domain.timing import DAY, day_start, local, local_day
from service.storage import practitioners
from service.storage.clinics import ClinicRow
from service.storage.practitioners import AbsenceRow

BACK, AHEAD = 2 * DAY, 400 * DAY
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Closed:
    """Local days (ordinals), and what closes each: a holiday's name or the clinic's own words. `phrases` say of a day
    what it is: "a holiday here (Memorial Day)", "closed here (Team day)"."""

    days: frozenset[int]
    words: Mapping[int, str]
    phrases: Mapping[int, str] = field(default_factory=dict)


def load_closed(conn: Connection, clinics: Collection[ClinicRow], now: int) -> dict[int, Closed]:
    """By clinic: its closed days, from two days ago to a year ahead."""
    return closed_by(clinics, away(conn, [clinic.id for clinic in clinics], now), now)


def away(conn: Connection, clinic_ids: Collection[int], now: int) -> Mapping[int, Sequence[AbsenceRow]]:
    """What may close days of that time, by clinic."""
    return practitioners.absences(conn, clinic_ids, now - BACK, now + AHEAD)


def closed_by(
    clinics: Collection[ClinicRow], absences: Mapping[int, Sequence[AbsenceRow]], now: int
) -> dict[int, Closed]:
    return {clinic.id: _of_clinic(clinic, absences.get(clinic.id, ()), now) for clinic in clinics}


def _of_clinic(clinic: ClinicRow, away: Sequence[AbsenceRow], now: int) -> Closed:
    shut = tuple((row.starts_at, row.ends_at, row.words or CLOSED) for row in away if row.practitioner_id is None)
    year = local(now, clinic.zone).year
    years = (year - 1, year, year + 1, year + 2) if clinic.keeps_holidays else ()
    return _closed(clinic.country, clinic.region, years, clinic.working_holidays, shut, clinic.zone)


@lru_cache(maxsize=2_000)
def _closed(
    country: str,
    region: str,
    years: tuple[int, ...],
    works_on: frozenset[str],
    shut: tuple[tuple[int, int, str], ...],
    zone: str,
) -> Closed:
    """The same object for the same days: windows are remembered by it."""
    known = chain.from_iterable(public_holidays(country, region, year).items() for year in years)
    holidays = {day: name for day, name in known if name not in works_on}
    own = {day: said for starts, ends, said in shut for day in _whole_days(starts, ends, zone)}
    phrases = {day: f"a holiday here ({name})" for day, name in holidays.items()}
    phrases |= {day: "closed here" if said == CLOSED else f"closed here ({said})" for day, said in own.items()}
    return Closed(frozenset(phrases), holidays | own, phrases)


def _whole_days(starts: int, ends: int, zone: str) -> range:
    """The local days that lie in the span from beginning to end: an afternoon off closes no day."""
    first = local_day(starts, zone)
    if day_start(first, zone) < starts:
        first += 1
    return range(first, local_day(ends, zone))
