"""A condition as a form with groups: rows, and groups of rows that count as one each, joined by all, any or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.domain.condition_rows import How, Row, joined, parts_of, row_of, rows_of
from service.domain.conditions import Condition, Group, Not

MOST_GROUPS = 6


@dataclass(frozen=True, slots=True)
class Form:
    """`joins`: how each group joins its own rows; a row's `part` is its group's number from 1, or 0."""

    how: How
    rows: tuple[Row, ...]
    joins: tuple[How, ...] = ()


def condition_of_form(form: Form) -> tuple[Condition, dict[int, str]]:
    """What the form asks, blank rows and empty groups left out, and what is wrong with which row (by place)."""
    parts, faults = parts_of(form.rows)
    top = [part for row, part in parts if not 1 <= row.part <= len(form.joins)]
    for number, how in enumerate(form.joins, 1):
        inner = [part for row, part in parts if row.part == number]
        top += [joined(how, inner)] if inner else []
    return joined(form.how, top), faults


def form_of(condition: Condition) -> Form | None:
    """The form that asks the same; None where groups of rows cannot ask it."""
    flat = rows_of(condition)
    if flat is not None:
        return Form(flat[0], tuple(flat[1]))
    opened = _opened(condition)
    return None if opened is None else _with_groups(*opened)


def _opened(condition: Condition) -> tuple[How, Sequence[Condition]] | None:
    if isinstance(condition, Group):
        return condition.how, condition.parts
    if isinstance(condition, Not) and isinstance(condition.part, Group) and condition.part.how == "any":
        return "none", condition.part.parts
    return None


def _with_groups(how: How, parts: Sequence[Condition]) -> Form | None:
    rows: list[Row] = []
    grouped: list[Row] = []
    joins: list[How] = []
    for part in parts:
        row = row_of(part)
        if row is not None:
            rows.append(row)
            continue
        inner = rows_of(part)
        if inner is None or len(joins) == MOST_GROUPS:
            return None
        joins.append(inner[0])
        grouped += [replace(each, part=len(joins)) for each in inner[1]]
    return Form(how, (*rows, *grouped), tuple(joins))
