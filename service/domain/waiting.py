"""How long until people book, when some have not yet: what is known of everybody is used, as far as it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wait:
    """So many people who booked after so many days, or who have been waited for so many days without a booking."""

    days: int
    booked: bool
    people: int


@dataclass(frozen=True, slots=True)
class Point:
    """From this day on, so large a share has booked (Kaplan and Meier's estimate)."""

    day: int
    share: float


def curve(waits: Sequence[Wait]) -> list[Point]:
    """The share that has booked by each day on which somebody did, from (0, 0) on."""
    at_risk = sum(each.people for each in waits)
    without, found = 1.0, [Point(0, 0.0)]
    for day in sorted({each.days for each in waits}):
        booked = sum(each.people for each in waits if each.days == day and each.booked)
        if booked:
            without *= 1 - booked / at_risk
            found.append(Point(day, 1 - without))
        at_risk -= sum(each.people for each in waits if each.days == day)
    return found


def share_by(points: Sequence[Point], day: int) -> float:
    return max((point.share for point in points if point.day <= day), default=0.0)


def quantile(waits: Sequence[Wait], share: float) -> int | None:
    """Within how many days this share of those who booked did so; None where nobody did."""
    booked = sorted((each.days, each.people) for each in waits if each.booked)
    wanted, seen = share * sum(people for _days, people in booked), 0
    for days, people in booked:
        seen += people
        if seen >= wanted:
            return days
    return None


def days_words(days: int) -> str:
    """the same day; 1 day; 12 days"""
    return "the same day" if days == 0 else "1 day" if days == 1 else f"{days} days"


def waiting_words(waits: Sequence[Wait]) -> str:
    """Half of those who booked did so within 6 days of signing up"""
    booked = sum(each.people for each in waits if each.booked)
    everyone = sum(each.people for each in waits)
    half = quantile(waits, 0.5)
    if half is None:
        return "Nobody has booked yet" if everyone else "Nobody signed up"
    if booked < 5:
        return f"Too few to tell: {booked} of {everyone} booked"
    when = "on the day they signed up" if half == 0 else f"within {days_words(half)} of signing up"
    return f"Half of the {booked} who booked did so {when}"
