"""Layout of the desk's charts: pure numbers, no markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FEW = 30  # below this many people a share says little


@dataclass(frozen=True, slots=True)
class FunnelBar:
    """`share` is a percentage of the first bar; `lost` is counted from the bar before."""

    name: str
    people: int
    share: float
    lost: int | None


def funnel(names: Sequence[str], counts: Sequence[int]) -> list[FunnelBar]:
    whole = counts[0]
    bars = []
    for at, (name, people) in enumerate(zip(names, counts, strict=True)):
        share = round(100 * people / whole, 2) if whole else 0.0
        bars.append(FunnelBar(name, people, share, counts[at - 1] - people if at else None))
    return bars


def worst_step(bars: Sequence[FunnelBar]) -> int | None:
    """Where most people are lost, between sign-up and booking; None where nobody is."""
    losses = [(bar.lost or 0, at) for at, bar in enumerate(bars[:5]) if at]
    lost, at = max(losses, key=lambda found: found[0], default=(0, 0))
    return at if lost else None


@dataclass(frozen=True, slots=True)
class Column:
    """A day's bar of `value`: `y` and `height` in a picture `of` units high."""

    value: int
    y: float
    height: float


def columns(values: Sequence[int], of: int = 96) -> list[Column]:
    most = max(values, default=0) or 1
    heights = [max(1.0, round(value / most * of, 1)) if value else 0.0 for value in values]
    return [Column(value, round(of - height, 1), height) for value, height in zip(values, heights, strict=True)]


def share_words(part: int, whole: int) -> str:
    """16 %; nothing where there is no whole."""
    return f"{round(100 * part / whole)} %" if whole else ""


def comparable(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two shares (part, whole) rest on enough people to be looked at side by side."""
    return min(one[1], other[1]) >= FEW and one[0] + other[0] >= FEW // 3
