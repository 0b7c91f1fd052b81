"""How fast mail may leave: so many a second, so many a day, and fewer on the first days of a new sender.

A second's rate is kept over the few seconds between two looks of a worker, a day's to the mail. Pure; what has left so
far comes in and goes out as values."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

MICRO = 1_000_000
BURST = 2 * MICRO  # a worker looks every other second: what it may take then is what those seconds allow
MOST_SECOND, MOST_DAY, MOST_DAYS = 1_000, 1_000_000, 60


@dataclass(frozen=True, slots=True)
class Rates:
    """`second` and `day`: the most mails, None: no limit; `warm_up`: the most on each of the first days with mail. The
    day and the warm-up count all mail of the clinic, and hold back its series only."""

    second: int | None = None
    day: int | None = None
    warm_up: tuple[int, ...] = ()

    @property
    def by_day(self) -> bool:
        return self.day is not None or bool(self.warm_up)

    def most_on(self, step: int) -> int | None:
        """On a day that so many days with mail came before."""
        planned = self.warm_up[step] if step < len(self.warm_up) else None
        limits = [limit for limit in (planned, self.day) if limit is not None]
        return min(limits, default=None)

    def warming(self, step: int) -> bool:
        """Whether it is the warm-up that limits that day."""
        return step < len(self.warm_up) and self.most_on(step) == self.warm_up[step]


@dataclass(frozen=True, slots=True)
class Day:
    """`mails` of the local day `day` (ordinal), after `step` days with mail."""

    day: int
    mails: int = 0
    step: int = 0

    def at(self, today: int) -> Day:
        """As today begins, or goes on. A clock that jumps back does not open a day again."""
        if today <= self.day:
            return self
        return Day(today, 0, self.step + (self.mails > 0))


@dataclass(frozen=True, slots=True)
class DayFull:
    """`until`: when the clinic's next day begins (UTC epoch seconds)."""

    mails: int
    most: int
    warming: bool
    until: int


def free(full_at: int, rate: int, now: int) -> int:
    """How many may leave now. `full_at`: when everything would be free again, and `now`, in microseconds."""
    return max(0, min(BURST, now + BURST - full_at)) * rate // MICRO


def spend(full_at: int, rate: int, now: int, mails: int) -> int:
    """`full_at` after so many mails."""
    return max(full_at, now) + -(-mails * MICRO // rate)


def warm_up(text: str) -> tuple[int, ...]:
    """The days of a plan such as "50, 100, 200". Raises ValueError that says what to mend."""
    words = text.replace(",", " ").split()
    mend = (
        f"Write the mails of each day, such as 50, 100, 200: at most {MOST_DAYS} days, each a whole number from 1 on."
    )
    if len(words) > MOST_DAYS or not all(word.isascii() and word.isdecimal() for word in words):
        raise ValueError(mend)
    days = tuple(map(int, words))
    if not all(1 <= mails <= MOST_DAY for mails in days):
        raise ValueError(mend)
    if any(later < earlier for earlier, later in pairwise(days)):
        raise ValueError("Let each day have at least as many mails as the one before, such as 50, 100, 200.")
    return days
