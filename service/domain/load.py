"""Open time: what working hours leave when absences are taken out."""

from __future__ import annotations

from collections.abc import Iterable

from service.domain.slots import Absence, Hours
from service.domain.timing import hour_of_day


def open_seconds(hours: Iterable[Hours], absences: Iterable[Absence], first: int, last: int, zone: str) -> int:
    """Of one practitioner, over the local days from `first` to `last` (ordinals, both included)."""
    away = sorted((each.starts_at, each.ends_at) for each in absences)
    listed = list(hours)
    total = 0
    for day in range(first, last + 1):
        for shift in listed:
            if shift.weekday == (day - 1) % 7:  # ordinal 1 is a Monday
                begins, ends = hour_of_day(day, shift.opens, zone), hour_of_day(day, shift.closes, zone)
                total += _rest(begins, ends, away)
    return total


def _rest(begins: int, ends: int, away: list[tuple[int, int]]) -> int:
    """What of a shift is left; absences in order of their start, which may overlap."""
    left, at = 0, begins
    for starts, stops in away:
        if stops <= at or starts >= ends:
            continue
        left += max(0, starts - at)
        at = max(at, stops)
    return left + max(0, ends - at)
