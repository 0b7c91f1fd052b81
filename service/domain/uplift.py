"""What a treatment did beside a holdout: the difference of two shares, and how far off it may be (Newcombe's interval
from Wilson's scores: honest at small numbers and near 0 and 1)."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z = 1.959964  # 95 in 100
FEWEST_PEOPLE, FEWEST_REACHED = 30, 5  # an arm, and both together


@dataclass(frozen=True, slots=True)
class Arm:
    people: int
    reached: int

    @property
    def share(self) -> float:
        return self.reached / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Uplift:
    """In shares of people: 0.08 is eight of a hundred more than without. `low` and `high` hold the truth with a chance
    of 95 in 100. `few`: too few people to say anything."""

    treated: Arm
    held_out: Arm
    difference: float
    low: float
    high: float

    @property
    def few(self) -> bool:
        arms = (self.treated, self.held_out)
        return min(arm.people for arm in arms) < FEWEST_PEOPLE or sum(arm.reached for arm in arms) < FEWEST_REACHED

    @property
    def certain(self) -> bool:
        return not self.few and (self.low > 0 or self.high < 0)


def uplift(treated: Arm, held_out: Arm) -> Uplift:
    one, other = treated.share, held_out.share
    (one_low, one_high), (other_low, other_high) = wilson(treated), wilson(held_out)
    low = one - other - sqrt((one - one_low) ** 2 + (other_high - other) ** 2)
    high = one - other + sqrt((one_high - one) ** 2 + (other - other_low) ** 2)
    return Uplift(treated, held_out, one - other, low, high)


def wilson(arm: Arm) -> tuple[float, float]:
    """Where an arm's true share lies, with a chance of 95 in 100."""
    if not arm.people:
        return 0.0, 1.0
    n, share = arm.people, arm.share
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def uplift_words(found: Uplift, goal: str) -> str:
    """8 more of 100 booked than without (between 2 and 14 more)"""
    if found.few:
        held, treated = found.held_out, found.treated
        return (
            f"too few to tell: {treated.reached} of {treated.people} {goal}, {held.reached} of {held.people} held out"
        )
    told = f"{_of_100(found.difference)} of 100 {goal} than without"
    between = f"between {_of_100(found.low)} and {_of_100(found.high)}"
    return f"{told} ({between})" + ("" if found.certain else ", which may be chance")


def _of_100(share: float) -> str:
    points = round(share * 100)
    return f"{abs(points)} {'fewer' if points < 0 else 'more'}"
