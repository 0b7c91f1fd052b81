"""A campaign in words, a line a step, its ways set in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from service.content.step_writer import step_rows
from service.domain import words
from service.domain.acts import DoStep, EndStep, JumpStep, SplitStep
from service.domain.campaign import Anchor, BranchStep, Definition, MailStep, WaitStep
from service.domain.timing import WEEKDAYS, Hour
from service.usecases.step_words import entry_words, step_words

_KINDS = {
    MailStep: ("mail", "mails"),
    WaitStep: ("wait", "waits"),
    BranchStep: ("branch", "branches"),
    SplitStep: ("split", "splits"),
    DoStep: ("act", "acts"),
    JumpStep: ("jump", "jumps"),
    EndStep: ("end", "ends"),
}


def outline(definition: Definition) -> Iterator[str]:
    yield definition.name
    yield f"  enters   {entry_words(definition.entry)}"
    yield f"  goal     {_goal(definition)}"
    yield f"  hours    {words.window(definition.window)}"
    yield from _rows(definition, step_rows(definition), "  ")


def kinds_of(definition: Definition) -> str:
    """10 mails, 1 wait, 1 branch"""
    counts = Counter(type(step) for step in definition.steps.values())
    return ", ".join(f"{counts[kind]} {names[counts[kind] != 1]}" for kind, names in _KINDS.items() if counts[kind])


def _rows(definition: Definition, rows: Sequence[Any], indent: str) -> Iterator[str]:
    for row in rows:
        yield f"{indent}{row['key']:<24} {_line(definition, row['key'])}"
        inside = row.get("branch") or row.get("split") or {}
        ways = [*inside.get("arms", ()), *inside.get("variants", ())]
        ways += [inside["otherwise"]] if "otherwise" in inside else []
        for way in ways:
            share = f" ({way['share']:g} of 100)" if "share" in way else ""
            yield f"{indent}  {way['label']}{share}:"
            yield from _rows(definition, way.get("steps", ()), f"{indent}    ")


def _line(definition: Definition, key: str) -> str:
    step, told = definition.steps[key], step_words(definition, key)
    match step:
        case MailStep(anchor=Anchor() as anchor):
            return f"{told}, {words.anchor(anchor)}"
        case MailStep(delay=delay) if not delay.none:
            return f"{told}, after {words.delay(delay)}"
        case WaitStep(hour=Hour() as hour, anchor=None, delay=delay):
            return _until(hour) if delay.none else f"{told}, then {_until(hour)}"
        case WaitStep(hour=Hour() as hour):
            return f"{told}, then {_until(hour)}"
    return told


def _until(hour: Hour) -> str:
    days = "" if len(hour.days) == len(WEEKDAYS) else f" on {', '.join(WEEKDAYS[day] for day in sorted(hour.days))}"
    return f"a wait until {hour.minute // 60:02}:{hour.minute % 60:02}{days}"


def _goal(definition: Definition) -> str:
    if definition.goal == "condition":
        return "a condition of its own"
    return words.GOALS.get(definition.goal, definition.goal)
