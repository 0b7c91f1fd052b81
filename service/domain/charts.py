"""Layout of the desk's charts and of a series' picture: pure numbers and trees, no markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.domain.campaign import BranchStep, Definition, MailStep, WaitStep

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


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a fork and what stands on it."""

    label: str
    taken: bool
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A step of the picture; a fork has its `ways`, which join again below it."""

    step: MailStep | WaitStep | BranchStep
    ways: tuple[Way, ...] = ()


def picture(definition: Definition) -> tuple[Node, ...]:
    """The series as nested lists, forks with their ways side by side."""
    return _nodes(definition, definition.first, None)


def _nodes(definition: Definition, start: str | None, end: str | None) -> tuple[Node, ...]:
    nodes: list[Node] = []
    key = start
    while key is not None and key != end:
        step = definition.steps[key]
        if isinstance(step, BranchStep):
            join = _join(definition, step)
            ways = [Way(arm.label, True, _nodes(definition, arm.then, join)) for arm in step.arms]
            ways.append(Way(step.otherwise_label, False, _nodes(definition, step.then, join)))
            nodes.append(Node(step, tuple(ways)))
            key = join
        else:
            nodes.append(Node(step))
            key = step.then
    return tuple(nodes)


def _join(definition: Definition, fork: BranchStep) -> str | None:
    """The first step that every way of the fork comes to; None where they end apart."""
    ways = [set(_line(definition, arm.then)) for arm in fork.arms]
    return next((key for key in _line(definition, fork.then) if all(key in way for way in ways)), None)


def _line(definition: Definition, start: str | None) -> Iterator[str]:
    key = start
    while key is not None:
        yield key
        key = definition.steps[key].then
