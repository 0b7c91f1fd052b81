"""A lead's score: points that fade by half in each half-life. It is kept as one number that does not change with time,
its rank, so that a database compares and sorts scores by an index.

With v points at instant t and a half-life h: rank = log2(v) + t / h. No points: no rank."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp2, isfinite, log2

from service.domain.timing import DAY

TOLERANCE = 1e-6
LEAST = 0.01  # fewer points than these are none
MOST_POINTS = 1000
LONGEST_HALF_LIFE = 365  # days
_MOST_DOUBLINGS = 1000.0  # an instant long before the rank's own: a float holds no more

SCORED_DEEDS = (
    "signed-up",
    "confirmed",
    "clicked",
    "answered",
    "visited",
    "replied",
    "booked",
    "attended",
    "no-show",
)
STAGES = (("ready", 30.0), ("warm", 10.0), ("curious", 1.0), ("quiet", 0.0))  # from so many points on


@dataclass(frozen=True, slots=True)
class Rule:
    """Points for a deed, on one link or (None) on any; minus takes away."""

    deed: str
    points: float
    link: str | None = None

    def fits(self, deed: str, link: str | None) -> bool:
        return self.deed == deed and self.link in (None, link)


DEFAULT_RULES = (
    Rule("clicked", 10, "book"),
    Rule("answered", 8),
    Rule("visited", 3),
    Rule("confirmed", 5),
    Rule("booked", 20),
    Rule("no-show", -10),
)


def check_rules(rules: Iterable[Rule]) -> None:
    """Raises ValueError that says what to mend."""
    seen = set()
    for rule in rules:
        if rule.deed not in SCORED_DEEDS:
            raise ValueError(f"no points are given for '{rule.deed}'; use one of: {', '.join(SCORED_DEEDS)}")
        if not isfinite(rule.points) or not rule.points or abs(rule.points) > MOST_POINTS:
            raise ValueError(f"points for '{rule.deed}': give a number from -{MOST_POINTS} to {MOST_POINTS}, not 0")
        if (rule.deed, rule.link) in seen:
            raise ValueError(f"two rules for '{rule.deed}' on the same link: keep one")
        seen.add((rule.deed, rule.link))


def stage(score: float) -> str:
    """How warm a lead is, of STAGES."""
    return next((name for name, least in STAGES if reaches(score, least)), STAGES[-1][0])


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
