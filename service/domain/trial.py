"""What a split has shown so far: each way's share of people who reached the goal, how sure one can be, and whether it
is too early to tell. Beta posteriors from an even prior; the chance of being best is integrated, not drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log
from typing import Literal

FEWEST_PEOPLE, FEWEST_GOALS = 50, 5  # a way, and all ways together
SURE = 0.95
_GRID = 2_000

Word = Literal["too-few", "open", "winner"]


@dataclass(frozen=True, slots=True)
class Way:
    label: str
    people: int
    goals: int


@dataclass(frozen=True, slots=True)
class Shown:
    """`low` and `high` hold the true share with a chance of 95 in 100; `best`: the chance that no way is better."""

    way: Way
    share: float
    low: float
    high: float
    best: float


@dataclass(frozen=True, slots=True)
class Verdict:
    word: Word
    shown: tuple[Shown, ...]
    winner: str | None = None


def judge(ways: Sequence[Way]) -> Verdict:
    """The holdout counts as a way. `winner` only where the chance of being best is 95 in 100 and there are enough."""
    curves = [_cumulated(way) for way in ways]
    chances = _chances(curves)
    shown = tuple(
        Shown(
            way,
            way.goals / way.people if way.people else 0.0,
            _quantile(curve, (1 - SURE) / 2),
            _quantile(curve, (1 + SURE) / 2),
            chance,
        )
        for way, curve, chance in zip(ways, curves, chances, strict=True)
    )
    if any(way.people < FEWEST_PEOPLE for way in ways) or sum(way.goals for way in ways) < FEWEST_GOALS:
        return Verdict("too-few", shown)
    leader = max(shown, key=lambda each: each.best)
    return Verdict("winner", shown, leader.way.label) if leader.best >= SURE else Verdict("open", shown)


def _cumulated(way: Way) -> list[float]:
    """The chance that the true share lies below each point of the grid."""
    a, b = way.goals + 1, way.people - way.goals + 1
    scale = lgamma(a + b) - lgamma(a) - lgamma(b)
    total, cumulated = 0.0, []
    for at in range(_GRID):
        x = (at + 0.5) / _GRID
        total += exp(scale + (a - 1) * log(x) + (b - 1) * log(1 - x)) / _GRID
        cumulated.append(total)
    return [value / total for value in cumulated]


def _chances(curves: Sequence[Sequence[float]]) -> list[float]:
    chances = []
    for mine, curve in enumerate(curves):
        chance, before = 0.0, 0.0
        for at, value in enumerate(curve):
            rest = 1.0
            for other, theirs in enumerate(curves):
                if other != mine:
                    rest *= (theirs[at] + (theirs[at - 1] if at else 0.0)) / 2
            chance += (value - before) * rest
            before = value
        chances.append(chance)
    return chances


def _quantile(curve: Sequence[float], share: float) -> float:
    return next(at for at, value in enumerate(curve) if value >= share) / _GRID
