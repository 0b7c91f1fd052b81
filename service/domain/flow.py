"""A series as a drawing: one column of waits and mails, forks with their ways side by side, joined again below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service.domain.acts import DoStep, EndStep, JumpStep, SplitStep
from service.domain.campaign import Anchor, BranchStep, Definition, MailStep, WaitStep
from service.domain.chance import HOLDOUT
from service.domain.timing import Delay


@dataclass(frozen=True, slots=True)
class Pause:
    """A row in which people wait. `key` is the step that they stand at; `mail` is what the wait is for, None for a wait
    of its own."""

    key: str
    delay: Delay
    anchor: Anchor | None
    mail: MailStep | None

    @property
    def at_once(self) -> bool:
        return self.anchor is None and self.delay.none and self.mail is not None and self.mail.at_once


@dataclass(frozen=True, slots=True)
class Card:
    """A mail."""

    step: MailStep


@dataclass(frozen=True, slots=True)
class Lane:
    """One way out of a fork. `keys` are the steps that stand on it, at any depth."""

    label: str
    taken: bool
    items: tuple[Item, ...]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Deed:
    """A step that sends nothing: something is done, people are led elsewhere, or the series ends."""

    step: DoStep | JumpStep | EndStep


@dataclass(frozen=True, slots=True)
class Fork:
    """A question, or a split by chance.

    `below` are the steps at and after the place where the lanes join: whoever came there took one of them. `opens`
    and `closes` are the connectors above and below the lanes, for a picture 100 wide and 32 high."""

    step: BranchStep | SplitStep
    lanes: tuple[Lane, ...]
    below: frozenset[str]
    opens: str
    closes: str


Item = Pause | Card | Deed | Fork


def draw(definition: Definition) -> tuple[Item, ...]:
    """The drawing from the top down."""
    return _items(definition, definition.first, None, frozenset())


def forks(items: tuple[Item, ...]) -> Iterator[Fork]:
    """Every fork, the outer ones first."""
    for item in items:
        if isinstance(item, Fork):
            yield item
            for lane in item.lanes:
                yield from forks(lane.items)


def opening(lanes: int) -> str:
    """An SVG path from the middle of the top to the middle of each lane."""
    return "".join(_down(middle) for middle in _middles(lanes))


def closing(lanes: int) -> str:
    """An SVG path from the middle of each lane to the middle of the bottom."""
    return "".join(_up(middle) for middle in _middles(lanes))


def _items(definition: Definition, start: str | None, end: str | None, beyond: frozenset[str]) -> tuple[Item, ...]:
    """From `start` until `end`, which is not drawn here; `beyond` are the steps from `end` on."""
    items: list[Item] = []
    key = start
    while key is not None and key != end:
        step = definition.steps[key]
        if isinstance(step, BranchStep | SplitStep):
            join = _join(definition, step)
            items.append(_fork(definition, step, join, _keys(definition, join, end) | beyond))
            key = join
        else:
            items += _rows(step)
            key = step.then
    return tuple(items)


def _rows(step: MailStep | WaitStep | DoStep | JumpStep | EndStep) -> list[Item]:
    if isinstance(step, MailStep):
        return [Pause(step.key, step.delay, step.anchor, step), Card(step)]
    if isinstance(step, WaitStep):
        return [Pause(step.key, step.delay, step.anchor, None)]
    return [Deed(step)]


def ways(step: BranchStep | SplitStep) -> list[tuple[str, bool, str | None]]:
    """Each way out of a fork: its label, whether somebody has to take it, and where it leads."""
    if isinstance(step, SplitStep):
        held_out = [(HOLDOUT, False, step.then)] if step.holdout else []
        return [(variant.label, True, variant.then) for variant in step.variants] + held_out
    return [(arm.label, True, arm.then) for arm in step.arms] + [(step.otherwise_label, False, step.then)]


def _fork(definition: Definition, step: BranchStep | SplitStep, join: str | None, below: frozenset[str]) -> Fork:
    lanes = tuple(
        Lane(label, taken, _items(definition, then, join, below), _keys(definition, then, join))
        for label, taken, then in ways(step)
    )
    return Fork(step, lanes, below, opening(len(lanes)), closing(len(lanes)))


def _join(definition: Definition, fork: BranchStep | SplitStep) -> str | None:
    """The first step that every way of the fork comes to; None where they end apart."""
    lines = [set(_line(definition, then)) for _label, taken, then in ways(fork) if taken]
    return next((key for key in _line(definition, fork.then) if all(key in line for line in lines)), None)


def _line(definition: Definition, start: str | None) -> Iterator[str]:
    """The steps that are come to from `start` when no arm is taken."""
    key = start
    while key is not None:
        yield key
        key = definition.steps[key].then


def _keys(definition: Definition, start: str | None, end: str | None) -> frozenset[str]:
    """All steps that can be come to from `start` before `end`."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        key = ahead.pop()
        if key is None or key == end or key in found:
            continue
        found.add(key)
        step = definition.steps[key]
        ahead.append(step.then)
        if isinstance(step, BranchStep | SplitStep):
            ahead += [way for _label, taken, way in ways(step) if taken]
    return frozenset(found)


def _middles(lanes: int) -> list[float]:
    return [round((2 * lane + 1) * 50 / lanes, 2) for lane in range(lanes)]


def _down(middle: float) -> str:
    if middle == 50:
        return "M50 0V32"
    bend = 1.1 if middle > 50 else -1.1
    near, far = round(50 + bend, 2), round(middle - bend, 2)
    return f"M50 0V8Q50 16 {near:g} 16H{far:g}Q{middle:g} 16 {middle:g} 24V32"


def _up(middle: float) -> str:
    if middle == 50:
        return "M50 0V32"
    bend = 1.1 if middle < 50 else -1.1
    near, far = round(middle + bend, 2), round(50 - bend, 2)
    return f"M{middle:g} 0V8Q{middle:g} 16 {near:g} 16H{far:g}Q50 16 50 24V32"
