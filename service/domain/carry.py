"""Publishing while people are on their way: where each of them stands in the new version. Nothing is sent twice: what a
run was sent before is marked, and skipped when the new order comes to it again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from service.domain.campaign import BranchStep, Definition, MailStep, Step
from service.domain.decision import Place
from service.domain.enrollment import Enrollment, Facts
from service.domain.places import in_window, place
from service.domain.timing import later
from service.domain.ways import ahead

Fate = Literal["stays", "later", "sooner", "now", "skips", "ends"]
FATES: tuple[Fate, ...] = ("stays", "sooner", "now", "later", "skips", "ends")


@dataclass(frozen=True, slots=True)
class Carried:
    """What becomes of a run: `place` None ends it. `visits` is what the run knows of its steps from now on."""

    fate: Fate
    place: Place | None
    visits: Mapping[str, int]


def carry(
    old: Definition, new: Definition, run: Enrollment, sent: Mapping[str, int], facts: Facts, now: int
) -> Carried:
    """Where a run of `old` stands in `new`. `sent`: every mail that was recorded for the run, whatever became of it, by
    step, with the highest visit.

    A wait that was not changed stays to the second. A shorter one acts at once on those who are past it, a longer one
    counts from when the wait began. A removed step is passed over: the wait for the next counts from the same hour."""
    visits = _marked(old, new, run, sent)
    key = _landing(old, new, run.step, sent)
    if key is None:
        return Carried("ends", None, visits)
    if key == run.step and _same_wait(old, new, key):
        return Carried("stays", Place(key, run.since, run.due_at), visits)
    there = place(new, key, run.since, facts)
    if key != run.step:
        return Carried("skips", _from_now(new, there, facts, now), visits)
    if isinstance(new.steps[key], BranchStep):
        # Whoever waits for something to happen is looked at at once: it may have.
        was, due = _over(old, run, facts), _over(new, run, facts)
        return Carried(_fate(was, due, now), Place(key, run.since, max(there.due, now)), visits)
    fate = _fate(run.due_at, there.due, now)
    if run.due_at <= now and there.due <= now:
        # Due before and after: how late it is stays known, for a mail that is overdue waits for a person.
        return Carried(fate, Place(key, run.since, max(run.due_at, there.due)), visits)
    return Carried(fate, _from_now(new, there, facts, now), visits)


def reach(old: Definition, new: Definition, last: str, ended_at: int, facts: Facts, now: int) -> Place | None:
    """Where somebody goes on who had completed `old` at its step `last`, if `new` has more behind it."""
    if last not in new.steps or last not in old.steps or old.steps[last].then is not None:
        return None
    then = new.steps[last].then
    if then is None or then in old.steps:
        return None
    return _from_now(new, place(new, then, ended_at, facts), facts, now)


def repeats(new: Definition, carried: Carried, run: Enrollment, sent: Mapping[str, int]) -> int:
    """How many of the mails that were recorded for the run could go to it once more. None, or the move is wrong."""
    if carried.place is None:
        return 0
    start, found = carried.place.step, 0
    for key in sent.keys() & set(ahead(new, start)):
        count = carried.visits.get(key, 0)
        comes = run.visit if key == start == run.step else abs(count) + (count >= 0)
        found += isinstance(new.steps[key], MailStep) and count >= 0 and comes <= sent[key]
    return found


def changed_steps(old: Definition, new: Definition) -> tuple[list[str], list[str], list[str]]:
    """The keys that are added, removed, and changed in what they do or when."""
    added = [key for key in new.steps if key not in old.steps]
    removed = [key for key in old.steps if key not in new.steps]
    both = [key for key in new.steps if key in old.steps]
    return added, removed, [key for key in both if new.steps[key] != old.steps[key]]


def _from_now(new: Definition, there: Place, facts: Facts, now: int) -> Place:
    """What should have been by now is due now, or when the step's window next opens."""
    if there.due >= now:
        return there
    step = new.steps[there.step]
    return Place(there.step, there.since, in_window(new, step, now, facts) if isinstance(step, MailStep) else now)


def _over(definition: Definition, run: Enrollment, facts: Facts) -> int:
    """When the wait at a fork is over, whatever happens."""
    fork = definition.steps[run.step]
    if not isinstance(fork, BranchStep):
        return run.due_at
    return later(later(run.since, fork.delay, facts.zone), fork.within, facts.zone)


def _fate(was: int, due: int, now: int) -> Fate:
    if due <= now:
        return "now" if was > now else "stays"
    if due == was:
        return "stays"
    return "later" if due > was else "sooner"


def _landing(old: Definition, new: Definition, start: str, sent: Collection[str]) -> str | None:
    """Where a run at `start` goes on: there; else at what the new version put in its place; else at the first step
    behind it that the new version knows and that the run was not sent yet."""
    if start in new.steps:
        return start
    instead = _instead(old, new, start, sent)
    if instead is not None:
        return instead
    key = next((key for key in _onward(old, start) if key in new.steps), None)
    return key if key is None or key not in sent else _unsent(new, key, sent)


def _instead(old: Definition, new: Definition, gone: str, sent: Collection[str]) -> str | None:
    """A new step that follows what stood before the removed one, in the same chain."""
    before, seen = gone, {gone}
    while before not in new.steps:
        found = [key for key, step in old.steps.items() if step.then == before and not isinstance(step, BranchStep)]
        if len(found) != 1 or found[0] in seen:
            return None
        before = found[0]
        seen.add(before)
    then = new.steps[before].then
    return then if then is not None and then not in old.steps and then not in sent else None


def _unsent(new: Definition, start: str, sent: Collection[str]) -> str | None:
    return next((key for key in _onward(new, start) if key not in sent), None)


def _onward(definition: Definition, start: str | None) -> Iterator[str]:
    seen: set[str] = set()
    while start is not None and start not in seen:
        yield start
        seen.add(start)
        start = definition.steps[start].then


def _same_wait(old: Definition, new: Definition, key: str) -> bool:
    before, after = old.steps[key], new.steps[key]
    if isinstance(after, MailStep) and not after.at_once and old.window != new.window:
        return False
    return _wait_of(before) == _wait_of(after)


def _wait_of(step: Step) -> tuple[object, ...]:
    """What decides when a step is due."""
    names = ("delay", "anchor", "hour", "at_once")
    more = (step.within, tuple(arm.when for arm in step.arms)) if isinstance(step, BranchStep) else ()
    return (type(step), *(getattr(step, name, None) for name in names), *more)


def _marked(old: Definition, new: Definition, run: Enrollment, sent: Mapping[str, int]) -> dict[str, int]:
    """A minus marks a step whose mail went in this run: coming to it again skips it. Where both versions loop, coming
    again is meant, and the counts stay."""
    if old.loops and new.loops:
        return {**sent, **run.visits}
    marks = {key: -visit for key, visit in sent.items() if key != run.step or visit >= run.visit}
    return {**dict(run.visits), **_renamed(old, new, sent), **marks}


def _renamed(old: Definition, new: Definition, sent: Mapping[str, int]) -> dict[str, int]:
    """New steps that send a mail which the run was sent under a name that is no more."""
    gone = {step.mail for step in old.mails() if step.key in sent and step.key not in new.steps}
    return {step.key: -1 for step in new.mails() if step.mail in gone and step.key not in old.steps}
