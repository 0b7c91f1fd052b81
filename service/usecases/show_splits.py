"""The splits of a series: how people were parted, what came of each way, and what that says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.domain.acts import WHOLE, SplitStep
from service.domain.chance import HOLDOUT
from service.domain.flow import Fork
from service.domain.trial import Shown, Way, judge
from service.domain.trial_words import verdict_words


@dataclass(frozen=True, slots=True)
class WayLine:
    """`place`: of its lane in the drawing. `part`: of everybody, in percent. `share`, `low` and `high` of those who
    reached the goal, in percent; None while nobody went this way."""

    label: str
    place: int
    part: str
    people: int
    goals: int
    share: str | None
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class SplitCard:
    """`word`: too-few, open or winner; `ways` in the drawing's order."""

    step: str
    ways: tuple[WayLine, ...]
    word: str
    words: str
    winner: str | None


def show_splits(forks: Iterable[Fork], results: Mapping[str, Sequence[Way]], goal: str) -> list[SplitCard]:
    """Of the ways that the split has now: one that was taken out of it is no longer weighed."""
    return [
        _card(fork.step, fork, results.get(fork.step.key, ()), goal)
        for fork in forks
        if isinstance(fork.step, SplitStep)
    ]


def _card(step: SplitStep, fork: Fork, ways: Sequence[Way], goal: str) -> SplitCard:
    known = {way.label: way for way in ways}
    verdict = judge([known.get(lane.label, Way(lane.label, 0, 0)) for lane in fork.lanes])
    parts = _shares(step)
    lines = tuple(_line(each, place, parts[each.way.label]) for place, each in enumerate(verdict.shown))
    word = "too-few" if goal == "none" else verdict.word
    return SplitCard(step.key, lines, word, verdict_words(verdict, goal), verdict.winner if goal != "none" else None)


def _shares(step: SplitStep) -> dict[str, str]:
    """45%"""
    rest = (WHOLE - step.holdout) / WHOLE
    parts = {variant.label: variant.weight * rest * 100 / WHOLE for variant in step.variants}
    if step.holdout:
        parts[HOLDOUT] = step.holdout * 100 / WHOLE
    return {label: f"{round(part, 1):g}%" for label, part in parts.items()}


def _line(each: Shown, place: int, part: str) -> WayLine:
    way = each.way
    share = f"{each.share * 100:.0f}%" if way.people else None
    return WayLine(way.label, place, part, way.people, way.goals, share, round(each.low * 100), round(each.high * 100))
