"""The pure engine: tick, simulation, forecast and publish preview call `decide`; nothing else moves an enrollment."""

from __future__ import annotations

from service.domain.acts import DoStep, EndStep, JumpStep, SplitStep
from service.domain.campaign import BranchStep, Definition, MailStep, WaitStep
from service.domain.chance import HOLDOUT, chosen
from service.domain.conditions import holds
from service.domain.decision import Act, Decision, Exit, Place, Wait
from service.domain.enrollment import Enrollment, Facts
from service.domain.gate import pass_gate
from service.domain.places import following, place, place_or_end
from service.domain.timing import HOUR, MINUTE, later, next_hour


def enter(definition: Definition, facts: Facts, now: int) -> Place:
    """Where a lead starts who enters at `now`."""
    return place(definition, definition.first, now, facts)


def decide(definition: Definition, enrollment: Enrollment, facts: Facts, now: int) -> Decision:
    """What happens to this enrollment at `now`. Pure: equal arguments give equal decisions."""
    leaves = _leaves(definition, facts)
    if leaves is not None:
        return leaves
    step = definition.steps[enrollment.step]
    if enrollment.due_at > now and not isinstance(step, BranchStep):
        return Wait(enrollment.due_at, "not-yet")
    match step:
        case MailStep():
            return pass_gate(definition, step, enrollment, facts, now)
        case BranchStep():
            return _branch(definition, step, enrollment, facts, now)
        case WaitStep():
            return _wait(definition, step, enrollment, facts, now)
        case SplitStep():
            return _split(definition, step, enrollment, facts, now)
        case DoStep(_key, effects, then):
            return Act("did", following(definition, then, enrollment, facts, now), effects=effects)
        case JumpStep(_key, to, at_most, then):
            onward = to if enrollment.visit <= at_most else then
            return Act("jumped", following(definition, onward, enrollment, facts, now))
        case EndStep():
            return Act("ended", None)


def skip(definition: Definition, enrollment: Enrollment, facts: Facts, now: int) -> Place | None:
    """Where an enrollment goes whose mail is left out by a person; None completes."""
    return following(definition, definition.steps[enrollment.step].then, enrollment, facts, now)


def _leaves(definition: Definition, facts: Facts) -> Exit | None:
    """What ends a series early, asked before each action."""
    leave = definition.leave
    if leave in ("goal", "either") and met(definition, facts):
        return Exit("goal-met", "goal-met")
    if facts.superseded:
        return Exit("superseded", "superseded")
    if leave in ("mismatch", "either") and definition.matches is not None and not holds(definition.matches, facts):
        return Exit("no-match", "no-match")
    return None


def met(definition: Definition, facts: Facts) -> bool:
    """Whether the goal is reached."""
    if facts.goal_at is not None:
        return True
    return definition.goal_when is not None and holds(definition.goal_when, facts)


def _wait(definition: Definition, step: WaitStep, enrollment: Enrollment, facts: Facts, now: int) -> Decision:
    """A round takes a wait: who comes round to an hour at that very hour waits for the next."""
    if step.hour is not None and enrollment.visit > 1 and enrollment.due_at <= enrollment.since:
        return Wait(next_hour(enrollment.since + MINUTE, step.hour, facts.zone), "not-yet")
    return Act("waited", following(definition, step.then, enrollment, facts, now))


def _split(definition: Definition, step: SplitStep, enrollment: Enrollment, facts: Facts, now: int) -> Act:
    label, then = chosen(definition.key, step, enrollment.lead_id)
    before = facts.chosen.get(step.key)
    if before is not None and before != label:
        # Who went one way goes it again, whatever the shares have become since.
        known = [(way.label, way.then) for way in step.variants] + [(HOLDOUT, step.then)]
        label, then = next((way for way in known if way[0] == before), (label, then))
    return Act("split", following(definition, then, enrollment, facts, now), label=label)


def _branch(definition: Definition, step: BranchStep, enrollment: Enrollment, facts: Facts, now: int) -> Decision:
    opens = later(enrollment.since, step.delay, facts.zone)
    if now < opens:
        return Wait(opens, "not-yet")
    for arm in step.arms:
        if holds(arm.when, facts):
            return Act("branched", place_or_end(definition, arm.then, now, facts), label=arm.label)
    ends = later(opens, step.within, facts.zone)
    if now < ends:
        return Wait(ends, "not-yet")
    base = ends if now - ends <= HOUR else now
    return Act("branched", place_or_end(definition, step.then, base, facts), label=step.otherwise_label)
