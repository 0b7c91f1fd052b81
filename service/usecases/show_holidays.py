"""The public holidays that a clinic's country and region have."""

from __future__ import annotations

from dataclasses import dataclass

from service.content.public_holidays import countries as known_countries
from service.content.public_holidays import public_holidays
from service.domain.timing import day_start, local, local_day
from service.storage.clinics import ClinicRow

MOST = 40
AHEAD = 365


@dataclass(frozen=True, slots=True)
class Holiday:
    """`at`: when it begins. `works`: the clinic does not keep it."""

    at: int
    name: str
    works: bool


def next_holidays(clinic: ClinicRow, now: int) -> list[Holiday]:
    """A year's, from today on."""
    year, today = local(now, clinic.zone).year, local_day(now, clinic.zone)
    found = {day: name for each in (year, year + 1) for day, name in _of(clinic, each).items()}
    ahead = [day for day in sorted(found) if today <= day < today + AHEAD][:MOST]
    return [Holiday(day_start(day, clinic.zone), found[day], found[day] in clinic.working_holidays) for day in ahead]


def countries() -> list[str]:
    """Codes of the countries whose holidays are known."""
    return known_countries()


def _of(clinic: ClinicRow, year: int) -> dict[int, str]:
    return dict(public_holidays(clinic.country, clinic.region, year))
