"""Conditions as a campaign file spells them: {clicked: book}, {all: [...]}, {not: {...}}."""

from __future__ import annotations

from typing import Literal

from service.content.yaml_table import Table, is_slug
from service.domain.conditions import Answered, Clicked, Condition, Confirmed, Group, Interested, Not

CLICKS = ("book", "read", "preferences")
ANSWERS = ("price", "needles", "time", "forme", "other")
KINDS = ("clicked", "answered", "confirmed", "interest", "any", "all", "not")
DEEPEST = 8


def parse_condition(table: Table, depth: int = 0) -> Condition | None:
    """The condition, or None when it is noted as wrong."""
    table.only(KINDS)
    keys = [key for key in table.written() if key in KINDS]
    if len(keys) != 1 or depth > DEEPEST:
        what = f"{table.where} asks {len(keys)} things" if depth <= DEEPEST else f"{table.where} is nested too deep"
        table.notes.add(table.line, what, "ask one thing, or put several under all: or any:")
        return None
    return _one(table, keys[0], depth)


def _one(table: Table, key: str, depth: int) -> Condition | None:
    match key:
        case "clicked":
            link = table.one_of(key, CLICKS)
            return Clicked(link) if link else None
        case "answered":
            answer = table.one_of(key, ANSWERS)
            return Answered(answer) if answer else None
        case "confirmed":
            return Confirmed(table.flag(key))
        case "interest":
            interest = table.text(key)
            if interest and not is_slug(interest):
                table.wrong(key, f"'interest' is {interest!r}", "write small letters and digits, joined by hyphens")
            return Interested(interest) if interest else None
        case "not":
            part = table.table(key, f"the not: of {table.where}", "say what must not hold")
            inner = parse_condition(part, depth + 1) if part else None
            return Not(inner) if inner else None
    return _group(table, "any" if key == "any" else "all", depth)


def _group(table: Table, how: Literal["all", "any"], depth: int) -> Condition | None:
    parts = [parse_condition(part, depth + 1) for part in table.tables(how, f"{how} of {table.where}, part")]
    if not parts:
        table.wrong(how, f"{how}: of {table.where} is empty", "list at least one condition")
    return Group(how, tuple(part for part in parts if part)) if parts and all(parts) else None
