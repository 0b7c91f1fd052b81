"""The public holidays that a clinic's country and region have."""

from __future__ import annotations

from service.content.public_holidays import countries as known_countries
from service.content.public_holidays import public_holidays
from service.domain.timing import day_start, local, local_day
from service.storage.clinics import ClinicRow

MOST = 5


def next_holidays(clinic: ClinicRow, now: int, most: int = MOST) -> list[tuple[int, str]]:
    """The next ones from today on, kept or not: when each begins, and its name."""
    year, today = local(now, clinic.zone).year, local_day(now, clinic.zone)
    found = {day: name for each in (year, year + 1) for day, name in _of(clinic, each).items() if day >= today}
    return [(day_start(day, clinic.zone), found[day]) for day in sorted(found)[:most]]


def countries() -> list[str]:
    """Codes of the countries whose holidays are known."""
    return known_countries()


def _of(clinic: ClinicRow, year: int) -> dict[int, str]:
    return dict(public_holidays(clinic.country, clinic.region, year))
