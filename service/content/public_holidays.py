"""Public holidays, as the library of that name knows them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import holidays


@lru_cache(maxsize=500)
def public_holidays(country: str, region: str, year: int) -> Mapping[int, str]:
    """The days (ordinals) with their English names. An unknown country or region has none: a clinic whose address we
    cannot place must not lose a working day to a guess."""
    try:
        found = holidays.country_holidays(country, subdiv=region or None, years=year, language=None)
    except NotImplementedError:
        return {}
    return {day.toordinal(): name for day, name in found.items()}


def is_country(country: str, region: str) -> bool:
    """Whether its public holidays are known here."""
    known = holidays.list_supported_countries()
    return country in known and (not region or region in known[country])


@lru_cache(maxsize=1)
def countries() -> list[str]:
    """The codes of the countries that are known, such as US."""
    return sorted(code for code in holidays.list_supported_countries(include_aliases=False) if len(code) == 2)


def regions(country: str) -> list[str]:
    """The codes of a country's regions, such as MN."""
    return sorted(holidays.list_supported_countries().get(country, []))
