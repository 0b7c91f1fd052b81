"""A lead's score: points that fade by half in each half-life. It is kept as one number that does not change with time,
its rank, so that a database compares and sorts scores by an index.

With v points at instant t and a half-life h: rank = log2(v) + t / h. No points: no rank."""

from __future__ import annotations

from math import exp2, log2

from service.domain.timing import DAY

TOLERANCE = 1e-6
LEAST = 0.01  # fewer points than these are none


def points_at(rank: float | None, now: int, half_life_days: int) -> float:
    """The points that a rank is worth at `now` (UTC epoch seconds)."""
    return 0.0 if rank is None else exp2(rank - _age(now, half_life_days))


def rank_of(points: float, now: int, half_life_days: int) -> float | None:
    """The rank of so many points at `now`; None for none: a score is never below zero."""
    return None if points < LEAST else log2(points) + _age(now, half_life_days)


def add(rank: float | None, points: float, at: int, half_life_days: int) -> float | None:
    """The rank with `points` (or minus points) more, given at `at`. The order of gifts is no matter while the score
    stays above zero."""
    return rank_of(points_at(rank, at, half_life_days) + points, at, half_life_days)


def at_least(points: float, now: int, half_life_days: int) -> float | None:
    """The rank from which on a score counts as `points` or more at `now`; None: every score does."""
    return None if points <= TOLERANCE else log2(points - TOLERANCE) + _age(now, half_life_days)


def _age(at: int, half_life_days: int) -> float:
    return at / (half_life_days * DAY)
