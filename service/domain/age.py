"""Under 18 by the form's own answer: read from a birth date, an age or a plain yes, on a given day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

ADULT, OLDEST = 18, 120
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_WRITTEN = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_YEARS = re.compile(r"(?<!\d)(\d{1,3})(?!\d)")
_UNDER = re.compile(r"under|below|less than|younger|<", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SaidAge:
    """What a form says of an age, as it was written. `under_18`: a plain yes or no; None: it does not say."""

    born: str | None = None
    years: str | None = None
    under_18: bool | None = None


def is_minor(said: SaidAge, today: date) -> bool:
    """True when any of the answers says so: of two that differ, the younger counts. What is not read says nothing."""
    born, years = birth_date(said.born, today), age_in(said.years)
    return (
        said.under_18 is True
        or (born is not None and years_old(born, today) < ADULT)
        or (years is not None and years < ADULT)
    )


def birth_date(text: str | None, today: date) -> date | None:
    """2010-05-04, 5/4/2010, or 24.5.2010 where the month would be none; None for what is nobody's birth date."""
    text = (text or "").strip()
    if found := _ISO.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := _WRITTEN.fullmatch(text):
        month, day, year = map(int, found.groups())
        if month > 12:
            month, day = day, month
    else:
        return None
    try:
        born = date(year, month, day)
    except ValueError:
        return None
    return born if born <= today and years_old(born, today) <= OLDEST else None


def years_old(born: date, today: date) -> int:
    """Whole years. Who was born on 29 February is a year older on 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def age_in(text: str | None) -> int | None:
    """The age that words tell: 16 of `16`, `16 years` and `16-17`; 17 of `under 18`; None where none is told."""
    found = _YEARS.search(text or "")
    if found is None or (text or "").strip().startswith("-"):
        return None
    years = int(found[1]) - (1 if _UNDER.search(text or "") else 0)
    return years if 0 <= years <= OLDEST else None
