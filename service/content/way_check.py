"""Where the ways of a campaign lead: every step is come to, every jump has a target, and every loop has a wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from service.content.faults import nearest
from service.content.yaml_table import Notes, Table
from service.domain.acts import JumpStep, SplitStep
from service.domain.campaign import BranchStep, Definition, MailStep, Step, WaitStep
from service.domain.conditions import EVERYONE

_Ways = Callable[[Step], Iterable[str | None]]


def check_jumps(steps: Mapping[str, Step], rows: Mapping[str, Table]) -> None:
    """Notes every jump to a step that is not there."""
    for step in steps.values():
        if isinstance(step, JumpStep) and step.to not in steps and step.to:
            rows[step.key].wrong("jump", f"{rows[step.key].where} goes to {step.to!r}, which is no step here",
                                 nearest(step.to, [key for key in steps if key != step.key]))  # fmt: skip


def check_ways(definition: Definition, rows: Mapping[str, Table], notes: Notes) -> None:
    """Notes steps that nobody comes to, and loops that would turn at once. The definition has no other fault."""
    found = _reached(definition)
    for key in definition.steps.keys() - found:
        what = f"step {key!r} can never be reached"
        notes.add(rows[key].line, what, "take out the end: or the jump: before it, or the step itself")
    for key in found - _walk(definition, [definition.first], _ahead):
        what = f"step {key!r} is come to by a jump only: every way before it ends"
        notes.add(rows[key].line, what, "move it into one of the ways, or take that way's end: out")
    for step in definition.steps.values():
        if isinstance(step, JumpStep) and step.key in _walk(definition, [step.to], _at_once):
            what = f"the loop from {step.to!r} to {step.key!r} has no wait"
            mend = "add a step with wait: 1d, or a delay:, between them; an hour or a date alone may have come already"
            rows[step.key].wrong("jump", what, mend)


def _reached(definition: Definition) -> set[str]:
    """A jump is passed by only when it can be come to again: the first time it always leads away."""
    passed: frozenset[str] = frozenset()
    while True:
        ways = _past(passed)
        found = _walk(definition, [definition.first], ways)
        jumps = [step for step in definition.steps.values() if isinstance(step, JumpStep) and step.key in found]
        more = frozenset(jump.key for jump in jumps if jump.key in _walk(definition, [jump.to], ways))
        if more <= passed:
            return found
        passed |= more


def _past(jumps: frozenset[str]) -> _Ways:
    """The ways on, where only these jumps are passed by."""

    def ways(step: Step) -> Iterator[str | None]:
        if not isinstance(step, JumpStep):
            yield from _ahead(step)
            return
        yield step.to
        if step.key in jumps:
            yield step.then

    return ways


def _ahead(step: Step) -> Iterator[str | None]:
    if isinstance(step, BranchStep):
        yield from (arm.then for arm in step.arms)
        if any(arm.when == EVERYONE for arm in step.arms):
            return
    if isinstance(step, SplitStep):
        yield from (variant.then for variant in step.variants)
        if not step.holdout:
            return
    yield step.then


def _at_once(step: Step) -> Iterator[str | None]:
    """The ways that can be gone in the instant in which the step is come to."""
    if isinstance(step, MailStep | WaitStep) and not (step.delay.none or step.anchor):
        return
    if isinstance(step, BranchStep):
        if step.delay.none:
            yield from (arm.then for arm in step.arms)
            yield step.then if step.within.none else None
        return
    if isinstance(step, JumpStep):
        yield step.to
    yield from _ahead(step)


def _walk(definition: Definition, start: Iterable[str], ways: _Ways) -> set[str]:
    found: set[str] = set()
    ahead: list[str | None] = list(start)
    while ahead:
        key = ahead.pop()
        if key is not None and key not in found:
            found.add(key)
            ahead += ways(definition.steps[key])
    return found
