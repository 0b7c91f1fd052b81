"""Publishing while people are on their way: where each of them stands in the new version. Nothing is sent twice: what a
run was sent before is marked, and skipped when the new order comes to it again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from service.domain.campaign import BranchStep, Definition, Step
from service.domain.decision import Place
from service.domain.enrollment import Enrollment, Facts
from service.domain.places import place

Fate = Literal["stays", "later", "sooner", "now", "skips", "ends"]
FATES: tuple[Fate, ...] = ("stays", "later", "sooner", "now", "skips", "ends")


@dataclass(frozen=True, slots=True)
class Carried:
    """What becomes of a run: `place` None ends it. `visits` is what the run knows of its steps from now on."""

    fate: Fate
    place: Place | None
    visits: Mapping[str, int]


def carry(
    old: Definition, new: Definition, run: Enrollment, sent: Mapping[str, int], facts: Facts, now: int
) -> Carried:
    """Where a run of `old` stands in `new`. `sent`: the mails that the run was sent, by step, with the highest visit.

    A wait that was not changed stays to the second. A shorter one acts at once on those who are past it, a longer one
    counts from when the wait began. A removed step is passed over: the wait for the next counts from the same hour."""
    visits = _marked(old, run, sent)
    key = _landing(old, new, run.step, sent)
    if key is None:
        return Carried("ends", None, visits)
    if key == run.step and _same_wait(old, new, key):
        return Carried("stays", Place(key, run.since, run.due_at), visits)
    there = place(new, key, run.since, facts)
    due = max(there.due, now)
    if key != run.step:
        return Carried("skips", Place(key, run.since, due), visits)
    return Carried(_fate(run.due_at, there.due, now), Place(key, run.since, due), visits)


def reach(old: Definition, new: Definition, last: str, ended_at: int, facts: Facts, now: int) -> Place | None:
    """Where somebody goes on who had completed `old` at its step `last`, if `new` has more behind it."""
    if last not in new.steps or old.steps[last].then is not None:
        return None
    then = new.steps[last].then
    if then is None or then in old.steps:
        return None
    there = place(new, then, ended_at, facts)
    return Place(then, ended_at, max(there.due, now))


def changed_steps(old: Definition, new: Definition) -> tuple[list[str], list[str], list[str]]:
    """The keys that are added, removed, and changed in what they do or when."""
    added = [key for key in new.steps if key not in old.steps]
    removed = [key for key in old.steps if key not in new.steps]
    both = [key for key in new.steps if key in old.steps]
    return added, removed, [key for key in both if new.steps[key] != old.steps[key]]


def _fate(was: int, due: int, now: int) -> Fate:
    if due <= now:
        return "now" if was > now else "stays"
    if due == was:
        return "stays"
    return "later" if due > was else "sooner"


def _landing(old: Definition, new: Definition, start: str, sent: Collection[str]) -> str | None:
    """The first step from `start` on that the new version knows and that the run was not sent yet."""
    for key in _onward(old, start):
        if key in new.steps:
            return key if key == start or key not in sent else _unsent(new, key, sent)
    return None


def _unsent(new: Definition, start: str, sent: Collection[str]) -> str | None:
    return next((key for key in _onward(new, start) if key not in sent), None)


def _onward(definition: Definition, start: str | None) -> Iterator[str]:
    seen: set[str] = set()
    while start is not None and start not in seen:
        yield start
        seen.add(start)
        start = definition.steps[start].then


def _same_wait(old: Definition, new: Definition, key: str) -> bool:
    return old.window == new.window and _wait_of(old.steps[key]) == _wait_of(new.steps[key])


def _wait_of(step: Step) -> tuple[object, ...]:
    """What decides when a step is due."""
    names = ("delay", "anchor", "hour", "at_once")
    more = (step.within, step.arms) if isinstance(step, BranchStep) else ()
    return (type(step), *(getattr(step, name, None) for name in names), *more)


def _marked(old: Definition, run: Enrollment, sent: Mapping[str, int]) -> dict[str, int]:
    """A minus marks a step whose mail went in this run: coming to it again skips it. Where the series loops, coming
    again is meant, and its counts stay."""
    if old.loops:
        return dict(run.visits)
    kept = {key: -abs(count) for key, count in run.visits.items()}
    return kept | {key: -visit for key, visit in sent.items() if key != run.step}
