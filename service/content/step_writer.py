"""Steps, nested again as a person would write them: the inverse of `step_table`."""

from __future__ import annotations

from collections.abc import Iterator

from service.content.condition_writer import condition_table
from service.content.fork_table import OTHERWISE
from service.content.shape_of_ways import Joins
from service.content.span_writer import dated, hour, span, weekdays
from service.content.wait_table import CAME, OVERDUE
from service.content.yaml_line import Value
from service.domain.acts import (
    AddScore,
    AddTag,
    CallHook,
    DoStep,
    Effect,
    EndStep,
    EnterCampaign,
    JumpStep,
    LeaveCampaign,
    RemoveTag,
    SetField,
    SplitStep,
    TellStaff,
)
from service.domain.campaign import BranchStep, Definition, MailStep, Step, WaitStep

Row = dict[str, Value]
EVERY_DAY = 7


def step_rows(definition: Definition) -> list[Row]:
    return list(_rows(definition, Joins(definition), definition.first, None))


def _rows(definition: Definition, joins: Joins, start: str | None, stop: str | None) -> Iterator[Row]:
    key = start
    while key is not None and key != stop:
        step = definition.steps[key]
        if isinstance(step, BranchStep | SplitStep):
            key = joins.after(step)
            yield _event(step) or _fork(definition, joins, step, key if key is not None else stop)
        else:
            yield {"key": step.key, **_plain(step)}
            key = step.then


def _fork(definition: Definition, joins: Joins, step: BranchStep | SplitStep, stop: str | None) -> Row:
    def way(then: str | None) -> list[Value]:
        return list(_rows(definition, joins, then, stop))

    if isinstance(step, SplitStep):
        variants: list[Value] = [
            {"label": each.label, "share": each.weight / 100, "steps": way(each.then)} for each in step.variants
        ]
        held: Row = {"holdout": step.holdout / 100} if step.holdout else {}
        return {"key": step.key, "split": {**held, "variants": variants}}
    arms: list[Value] = [
        {"label": arm.label, "when": condition_table(arm.when), "steps": way(arm.then)} for arm in step.arms
    ]
    within: Row = {} if step.within.none else {"within": span(step.within)}
    otherwise = way(step.then)
    rest: Row = {"otherwise": {"label": step.otherwise_label, "steps": otherwise}}
    inside: Row = {**within, "arms": arms, **(rest if otherwise or step.otherwise_label != OTHERWISE else {})}
    delay: Row = {} if step.delay.none else {"delay": span(step.delay)}
    return {"key": step.key, **delay, "branch": inside}


def _event(step: BranchStep | SplitStep) -> Row | None:
    """A branch with one arm, both ways to the same step: a wait for something."""
    if not isinstance(step, BranchStep) or not step.delay.none or step.within.none:
        return None
    if [(arm.label, arm.then) for arm in step.arms] != [(CAME, step.then)] or step.otherwise_label != OVERDUE:
        return None
    return {"key": step.key, "wait": {"for": condition_table(step.arms[0].when), "at_most": span(step.within)}}


def _plain(step: Step) -> Row:
    match step:
        case MailStep():
            return _mail(step)
        case WaitStep():
            return {"wait": _wait(step)}
        case JumpStep(_key, to, at_most):
            return {"jump": to, "at_most": at_most}
        case EndStep():
            return {"end": True}
        case DoStep(_key, (effect,)):
            return _effect(effect)
    raise ValueError(f"a step that no campaign file spells: {step!r}")


def _mail(step: MailStep) -> Row:
    row: Row = {"mail": step.mail}
    if step.at_once:
        row["at_once"] = True
    if not step.delay.none:
        row["delay"] = span(step.delay)
    if step.anchor:
        row |= dated(step.anchor)
        if step.anchor.skip_if_late:
            row["skip_if_late"] = True
    if step.needs_slots:
        row |= {"slots": "required", "without_slots": step.without_slots or ""}
    if step.needs_visit:
        row["visit"] = "attended"
    return row


def _wait(step: WaitStep) -> Value:
    if step.anchor is None and step.hour is None:
        return span(step.delay)
    row: Row = dated(step.anchor) if step.anchor else {}
    if not step.delay.none:
        row["delay"] = span(step.delay)
    if step.hour:
        row["until"] = hour(step.hour.minute)
        if len(step.hour.days) < EVERY_DAY:
            row["days"] = weekdays(step.hour.days)
    return row


def _effect(effect: Effect) -> Row:
    match effect:
        case SetField(name, ""):
            return {"forget": name}
        case SetField(name, value):
            return {"set": {"field": name, "to": value}}
        case AddTag(tag):
            return {"tag": tag}
        case RemoveTag(tag):
            return {"untag": tag}
        case AddScore(points):
            return {"score": points}
        case TellStaff(words, kind):
            return {"tell": words, "as": kind}
        case CallHook(hook):
            return {"call_hook": hook}
        case EnterCampaign(campaign):
            return {"enter": campaign}
        case LeaveCampaign(campaign):
            return {"leave": campaign}
