"""Days and hours as a person in the United States reads them, in English or in Spanish."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_datetime

from service.domain.timing import local, local_day

_ZONE_NAMES = {
    "America/New_York": ("Eastern", "Este"),
    "America/Chicago": ("Central", "Centro"),
    "America/Denver": ("Mountain", "Montaña"),
    "America/Phoenix": ("Mountain", "Montaña"),
    "America/Los_Angeles": ("Pacific", "Pacífico"),
    "America/Anchorage": ("Alaska", "Alaska"),
    "Pacific/Honolulu": ("Hawaii", "Hawái"),
}
_LOCALES = {"es": "es_US"}


def day_words(instant: int, zone: str, language: str = "en") -> str:
    """Tuesday, November 24; martes 24 de noviembre"""
    here = local(instant, zone)
    if language in _LOCALES:
        return _written(here.date(), "EEEE d 'de' MMMM", language)
    return f"{here:%A, %B} {here.day}"


def short_day_words(instant: int, zone: str, language: str = "en") -> str:
    """Tue, Nov 24; mar 24 de nov"""
    here = local(instant, zone)
    if language in _LOCALES:
        return _written(here.date(), "EEE d 'de' MMM", language)
    return f"{here:%a, %b} {here.day}"


def date_words(instant: int, zone: str, language: str = "en") -> str:
    """November 24, 2026; 24 de noviembre de 2026"""
    return _date_of(local_day(instant, zone), language)


@lru_cache(maxsize=4_096)
def _date_of(ordinal: int, language: str) -> str:
    day = date.fromordinal(ordinal)
    if language in _LOCALES:
        return _written(day, "d 'de' MMMM 'de' y", language)
    return f"{day:%B} {day.day}, {day.year}"


def weekday_words(day: date, language: str = "en") -> str:
    """Tue; mar"""
    return _written(day, "EEE", language) if language in _LOCALES else f"{day:%a}"


def month_words(day: date, language: str = "en", *, short: bool = False) -> str:
    """November or Nov; noviembre or nov"""
    if language in _LOCALES:
        return _written(day, "LLL" if short else "LLLL", language)
    return f"{day:%b}" if short else f"{day:%B}"


def time_words(instant: int, zone: str, language: str = "en") -> str:
    """10:30 am; 10:30 a.m."""
    here = local(instant, zone)
    half = ("am" if here.hour < 12 else "pm") if language not in _LOCALES else ("a.m." if here.hour < 12 else "p.m.")
    return f"{here.hour % 12 or 12}:{here.minute:02d} {half}"


def zone_words(city: str, zone: str, language: str = "en") -> str:
    """Minnetonka (Central) time; Minnetonka time where the zone has no common name. Hora de Minnetonka (Centro)."""
    english, spanish = _ZONE_NAMES.get(zone, (None, None))
    if language == "es":
        return f"Hora de {city} ({spanish})" if spanish else f"Hora de {city}"
    return f"{city} ({english}) time" if english else f"{city} time"


@lru_cache(maxsize=4_096)
def _written(day: date, pattern: str, language: str) -> str:
    at = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall calendar's day has no zone
    return format_datetime(at, pattern, locale=_LOCALES[language])
