"""A lead's score: points that fade by half in each half-life. It is kept as one number that does not change with time,
its rank, so that a database compares and sorts scores by an index.

With v points at instant t and a half-life h: rank = log2(v) + t / h. No points: no rank."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp2, log2

from service.domain.timing import DAY

TOLERANCE = 1e-6
LEAST = 0.01  # fewer points than these are none
_MOST_DOUBLINGS = 1000.0  # an instant long before the rank's own: a float holds no more


def points_at(rank: float | None, now: int, half_life_days: int) -> float:
    """The points that a rank is worth at `now` (UTC epoch seconds)."""
    return 0.0 if rank is None else exp2(min(rank - _age(now, half_life_days), _MOST_DOUBLINGS))


def rank_of(points: float, now: int, half_life_days: int) -> float | None:
    """The rank of so many points at `now`; None for none: a score is never below zero."""
    return None if points < LEAST else log2(points) + _age(now, half_life_days)


def add(rank: float | None, points: float, at: int, half_life_days: int) -> float | None:
    """The rank with `points` (or minus points) more, given at `at`. The order of gifts is no matter while the score
    stays above zero."""
    return rank_of(points_at(rank, at, half_life_days) + points, at, half_life_days)


def rank_of_all(gifts: Iterable[tuple[int, float]], half_life_days: int) -> float | None:
    """The rank that (at, points) make up, given in the order of `at`."""
    rank = None
    for at, points in gifts:
        rank = add(rank, points, at, half_life_days)
    return rank


def fades_to(points: float, at: int, now: int, half_life_days: int) -> float:
    """What points (or minus points) given at `at` are still worth at `now`."""
    return points * exp2(min(0.0, _age(at, half_life_days) - _age(now, half_life_days)))


def reaches(score: float, points: float) -> bool:
    """Whether a score counts as `points` or more."""
    return score >= points - TOLERANCE


def stays_within(score: float, points: float) -> bool:
    """Whether a score counts as `points` or fewer."""
    return score <= points + TOLERANCE


def at_least(points: float, now: int, half_life_days: int) -> float | None:
    """The rank from which on a score counts as `points` or more at `now`; None: every score does."""
    return None if points <= TOLERANCE else log2(points - TOLERANCE) + _age(now, half_life_days)


def at_most(points: float, now: int, half_life_days: int) -> float | None:
    """The rank up to which a score counts as `points` or fewer at `now`, no rank at all included; None: no score
    does."""
    return None if points + TOLERANCE <= 0 else log2(points + TOLERANCE) + _age(now, half_life_days)


def shifted(now: int, old_days: int, new_days: int) -> float:
    """What is added to a rank so that it is worth the same at `now` under a new half-life."""
    return _age(now, new_days) - _age(now, old_days)


def _age(at: int, half_life_days: int) -> float:
    return at / (half_life_days * DAY)
