"""Scales and lines of the reports' charts: pure numbers, in percent of the picture, no markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Tick:
    """`at`: percent of the axis; `value` is what stands there."""

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Scale:
    """From `low` to `high`, in round steps."""

    low: float
    high: float
    step: float

    def place(self, value: float) -> float:
        """Percent of the axis; what lies beyond is drawn at its end."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 2)

    @property
    def ticks(self) -> list[Tick]:
        count = round((self.high - self.low) / self.step)
        values = [round(self.low + number * self.step, 6) for number in range(count + 1)]
        return [Tick(self.place(value), value) for value in values]


def scale(low: float, high: float, about: int = 4) -> Scale:
    """Round ends that hold both values, with about so many steps between them."""
    if high <= low:
        high = low + 1
    raw = (high - low) / about
    power = 10.0 ** floor(log10(raw))
    step = next(each * power for each in _STEPS if each * power >= raw - 1e-12)
    return Scale(floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step, step)


def stairs(points: Sequence[tuple[float, float]], across: Scale, up: Scale) -> str:
    """A line in steps, as an SVG path in a box of 100 by 100: level until the next point, then straight up or down."""
    if not points:
        return ""
    drawn = [(across.place(x), round(100 - up.place(y), 2)) for x, y in points]
    path = [f"M{drawn[0][0]:g} {drawn[0][1]:g}"]
    path += [f"H{x:g}V{y:g}" for x, y in drawn[1:]]
    return "".join(path)


@dataclass(frozen=True, slots=True)
class Whisker:
    """A value with how far off it may be, in percent of the axis; `zero` is where nothing would be."""

    low: float
    at: float
    high: float
    zero: float


def whisker(low: float, value: float, high: float, along: Scale) -> Whisker:
    return Whisker(along.place(low), along.place(value), along.place(high), along.place(0))


def share_of(part: float, whole: float) -> float:
    """Percent, for a bar's width."""
    return round(100 * part / whole, 2) if whole else 0.0
