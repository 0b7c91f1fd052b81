"""Waits: for a span, until an hour, until a date, or for something to happen."""

from __future__ import annotations

from dataclasses import replace

from service.content.condition_table import parse_condition
from service.content.span_table import anchor_of, delay_of, time_of, weekdays_of
from service.content.yaml_table import Table
from service.domain.campaign import Anchor, Arm, BranchStep, WaitStep
from service.domain.timing import Delay, Hour

WAIT_KEYS = ("key", "wait")
INSIDE_WAIT_KEYS = ("delay", "until", "days", "before", "after", "for", "at_most")
FOR_KEYS = ("for", "at_most")
# How a wait for something is drawn: one way that it came, another that it did not.
CAME, OVERDUE = "It came", "It did not"


def wait_of(row: Table, key: str, then: str | None, *, keyed: bool) -> WaitStep | BranchStep:
    row.only(WAIT_KEYS)
    if not row.holds_table("wait"):
        return WaitStep(key, delay_of(row, "wait", needed="say how long, such as 3d"), then=then)
    inside = row.table("wait", f"wait of {row.where}")
    if inside is None:
        return WaitStep(key, then=then)
    inside.only(INSIDE_WAIT_KEYS)
    if inside.has("for") or inside.has("at_most"):
        return _event(inside, key, then)
    anchor, hour = _anchor(inside, keyed), _hour(inside)
    if inside.has("delay") and anchor:
        inside.wrong("delay", f"{inside.where} has a delay and a date", "keep one")
    if not any(inside.has(word) for word in ("delay", "until", "before", "after")):
        inside.notes.add(inside.line, f"{inside.where} is empty", 'write a span (3d), {until: "09:00"} or {for: …}')
    return WaitStep(key, Delay() if anchor else delay_of(inside, "delay"), anchor, hour, then)


def anchor_beside(row: Table, words: tuple[str, ...], *, keyed: bool) -> Anchor | None:
    """The one date among these keys of a step."""
    written = [word for word in words if row.has(word)]
    if len(written) > 1:
        row.wrong(written[1], f"{row.where} has {' and '.join(f'{word}:' for word in written)}", "keep one")
    if not written:
        return None
    word = written[0]
    table = row.table(word, f"{word} of {row.where}", "write {appointment: 2d} or {birthday: 7d}")
    return anchor_of(table, before=word == "before", keyed=keyed) if table else None


def _anchor(inside: Table, keyed: bool) -> Anchor | None:
    dates = ("before", "after", "until") if inside.holds_table("until") else ("before", "after")
    return anchor_beside(inside, dates, keyed=keyed)


def _hour(inside: Table) -> Hour | None:
    told = inside.has("until") and not inside.holds_table("until")
    if inside.has("days") and not told:
        inside.wrong("days", f"{inside.where} has days without an hour", 'add until: "09:00"')
    minute = time_of(inside, "until", 'write a time, such as "09:00"') if told else None
    if minute is None:
        return None
    hour, days = Hour(minute), weekdays_of(inside, "days")
    return replace(hour, days=days) if days else hour


def _event(inside: Table, key: str, then: str | None) -> BranchStep:
    for word in inside.written():
        if word in INSIDE_WAIT_KEYS and word not in FOR_KEYS:
            inside.wrong(word, f"{inside.where} has for: and {word}:", "keep one, or make it two steps")
    table = inside.table("for", f"for of {inside.where}", "say what to wait for, such as {clicked: book}")
    when = parse_condition(table) if table else None
    within = delay_of(inside, "at_most", needed="say how long at most, such as 3d")
    return BranchStep(key, (Arm(CAME, when, then),) if when else (), OVERDUE, within, then=then)
