"""A campaign's entry and its steps, as lists and drawings name them."""

from __future__ import annotations

from service.domain import words
from service.domain.act_words import act_words
from service.domain.acts import ActStep, JumpStep
from service.domain.campaign import BranchStep, Definition, MailStep, WaitStep
from service.domain.entry import Entry
from service.domain.timing import WEEKDAYS


def entry_words(entry: Entry) -> str:
    """Sign-up: sciatica, neck pain"""
    begins = words.ENTRIES[entry.on]
    if entry.interests:
        return f"{begins}: {', '.join(words.INTERESTS.get(key, key).lower() for key in sorted(entry.interests))}"
    if entry.what:
        told = words.LINKS.get(entry.what) or words.ANSWERS.get(entry.what) or f"“{entry.what}”"
        return f"{begins}: {told}" + (f" is “{entry.value}”" if entry.value else "")
    if entry.date is not None:
        moved = (
            ""
            if entry.date.delay.none
            else f"{words.delay(entry.date.delay)} {'before' if entry.date.before else 'after'} "
        )
        return f"{begins}: {moved}“{entry.date.field}”{', each year' if entry.date.yearly else ''}"
    return f"{begins}: whatever no other series takes" if entry.otherwise else begins


def step_words(definition: Definition, key: str) -> str:
    """A step as a list names it: “Why this kind of pain lingers”."""
    step = definition.steps.get(key)
    match step:
        case MailStep():
            return f"“{words.title(step.title)}”"
        case BranchStep():
            return f"the question “{' or '.join(arm.label for arm in step.arms)}?”"
        case None:
            return "a step of an older version"
        case WaitStep():
            if step.hour is not None:
                return f"the wait “{wait_words(definition, key)}”"
            return f"a wait of {words.delay(step.delay)}" if step.anchor is None else words.anchor(step.anchor)
    return act_words(step)


def wait_words(definition: Definition, key: str) -> str:
    """A wait of its own, as the drawing tells it: 2 days; Until 09:00, Mon–Fri"""
    step = definition.steps[key]
    if not isinstance(step, WaitStep):
        return ""
    told = words.anchor(step.anchor) if step.anchor else "" if step.delay.none else words.delay(step.delay)
    if step.hour is not None:
        hour = f"{step.hour.minute // 60:02}:{step.hour.minute % 60:02}"
        told = f"{told}, then until {hour}" if told else f"until {hour}"
        if len(step.hour.days) < len(WEEKDAYS):
            told += f", {', '.join(WEEKDAYS[day].capitalize() for day in sorted(step.hour.days))}"
    return (told[:1].upper() + told[1:]) or "Goes on at once"


def deed_words(definition: Definition, step: ActStep) -> str:
    """A step that sends nothing, as the drawing tells it: Goes back to “Why this kind of pain lingers”, at most once"""
    if isinstance(step, JumpStep):
        times = "once" if step.at_most == 1 else f"{step.at_most} times"
        return f"Goes back to {step_words(definition, step.to)}, at most {times}"
    told = act_words(step)
    return told[:1].upper() + told[1:]
