"""Days and hours as a person in the United States reads them."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from service.domain.timing import local, local_day

_ZONE_NAMES = {
    "America/New_York": "Eastern",
    "America/Chicago": "Central",
    "America/Denver": "Mountain",
    "America/Phoenix": "Mountain",
    "America/Los_Angeles": "Pacific",
    "America/Anchorage": "Alaska",
    "Pacific/Honolulu": "Hawaii",
}


def day_words(instant: int, zone: str) -> str:
    """Tuesday, November 24"""
    here = local(instant, zone)
    return f"{here:%A, %B} {here.day}"


def short_day_words(instant: int, zone: str) -> str:
    """Tue, Nov 24"""
    here = local(instant, zone)
    return f"{here:%a, %b} {here.day}"


def date_words(instant: int, zone: str) -> str:
    """November 24, 2026"""
    return _date_of(local_day(instant, zone))


@lru_cache(maxsize=4_096)
def _date_of(ordinal: int) -> str:
    day = date.fromordinal(ordinal)
    return f"{day:%B} {day.day}, {day.year}"


def time_words(instant: int, zone: str) -> str:
    """10:30 am"""
    here = local(instant, zone)
    return f"{here.hour % 12 or 12}:{here.minute:02d} {'am' if here.hour < 12 else 'pm'}"


def zone_words(city: str, zone: str) -> str:
    """Minnetonka (Central) time; Minnetonka time where the zone has no common name."""
    name = _ZONE_NAMES.get(zone)
    return f"{city} ({name}) time" if name else f"{city} time"
