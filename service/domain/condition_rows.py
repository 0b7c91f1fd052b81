"""A condition as rows of a form: a fact, how it is asked, a value and a span of days, joined by all, any or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from service.domain.conditions import (
    EVERYONE,
    Answered,
    Clicked,
    Condition,
    Confirmed,
    Deed,
    Did,
    Field,
    Group,
    Interested,
    Not,
    Op,
    Scored,
    Tagged,
    number,
)

How = Literal["all", "any", "none"]
DEED, FIELD = "did:", "field:"
DEEDS: tuple[Deed, ...] = get_args(Deed)
YES, NO = "yes", "no"
HOWS = (YES, NO, "contains", "at-least", "at-most", "known", "unknown")
LONGEST_LOOK, MOST_TIMES, MOST_POINTS = 366, 1_000, 1_000_000
LONGEST_VALUE, LONGEST_TAG = 300, 60
_FIELD_OPS: dict[str, Op] = {
    YES: "is",
    NO: "is-not",
    "contains": "contains",
    "at-least": "at-least",
    "at-most": "at-most",
    "known": "known",
    "unknown": "unknown",
}
_FIELD_HOWS = {op: how for how, op in _FIELD_OPS.items()}


@dataclass(frozen=True, slots=True)
class Row:
    """As typed. `fact`: interest, tag, score, confirmed, `field:` and a name, or `did:` and a deed, with `:` and a link
    where one is asked for. `value` of a deed: how often at least. `part`: the group in which it stands, 0 for none."""

    fact: str = ""
    how: str = YES
    value: str = ""
    days: str = ""
    part: int = 0

    @property
    def blank(self) -> bool:
        return not (self.fact or self.value.strip() or self.days.strip())


def condition_of(how: How, rows: Sequence[Row]) -> tuple[Condition, dict[int, str]]:
    """What the rows ask, blank ones left out, and what is wrong with which row (by place); no row asks for everyone."""
    parts, faults = parts_of(rows)
    return joined(how, [part for _, part in parts]), faults


def parts_of(rows: Sequence[Row]) -> tuple[list[tuple[Row, Condition]], dict[int, str]]:
    """What each row asks, blank ones left out, and what is wrong with which row (by place)."""
    faults: dict[int, str] = {}
    parts: list[tuple[Row, Condition]] = []
    for place, row in enumerate(rows):
        if row.blank:
            continue
        try:
            parts.append((row, _read(row)))
        except ValueError as fault:
            faults[place] = str(fault)
    return parts, faults


def joined(how: How, parts: Sequence[Condition]) -> Condition:
    """One condition of several; of none, everyone."""
    if not parts:
        return EVERYONE
    if how == "none":
        return Not(Group("any", tuple(parts)))
    return parts[0] if len(parts) == 1 else Group(how, tuple(parts))


def rows_of(condition: Condition) -> tuple[How, list[Row]] | None:
    """The rows that ask the same; None where a form of rows cannot ask it."""
    if isinstance(condition, Not) and isinstance(condition.part, Group) and condition.part.how == "any":
        found = rows_of(condition.part)
        return ("none", found[1]) if found is not None else None
    if isinstance(condition, Group):
        written = [row_of(part) for part in condition.parts]
        rows = [row for row in written if row is not None]
        return (condition.how, rows) if len(rows) == len(written) else None
    row = row_of(condition)
    return None if row is None else ("all", [row])


def _read(row: Row) -> Condition:
    value = row.value.strip()
    if not row.fact:
        raise ValueError("Choose what is asked.")
    if row.how not in HOWS:
        raise ValueError("Choose how it is asked.")
    if row.fact.startswith(DEED):
        return _did(row, value)
    if row.days.strip():
        raise ValueError("Leave the days empty: only what somebody did has a time.")
    if row.fact == "score":
        return _score(row.how, value)
    if row.fact.startswith(FIELD):
        return _field(row.fact.removeprefix(FIELD), _FIELD_OPS[row.how], value)
    return _plain(row, value)


def _plain(row: Row, value: str) -> Condition:
    if row.how not in (YES, NO):
        raise ValueError("Ask this with “is” or “is not”.")
    part: Condition
    if row.fact == "confirmed":
        return Confirmed(row.how == YES)
    if not value:
        raise ValueError("Write a value.")
    if row.fact == "tag":
        if len(value) > LONGEST_TAG or not value.isprintable():
            raise ValueError(f"Write the tag in one line of at most {LONGEST_TAG} characters.")
        part = Tagged(value)
    elif row.fact == "interest":
        part = Interested(_slug(value))
    else:
        raise ValueError("Choose what is asked.")
    return part if row.how == YES else Not(part)


def _slug(value: str) -> str:
    slug = "-".join(value.casefold().split())
    if not all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in slug):
        raise ValueError("Write the interest as the forms send it, such as neck-pain.")
    return slug


def _score(how: str, value: str) -> Scored:
    points = number(value)
    if points is None or abs(points) > MOST_POINTS:
        raise ValueError("Write the points as a number, such as 20.")
    if how == "at-least":
        return Scored("at-least", points)
    if how == "at-most":
        return Scored("at-most", points)
    raise ValueError("Ask a score with “at least” or “at most”.")


def _field(name: str, op: Op, value: str) -> Field:
    if op in ("known", "unknown"):
        if value:
            raise ValueError("Leave the value empty: this asks whether there is one.")
        return Field(name, op)
    if not value or len(value) > LONGEST_VALUE or not value.isprintable():
        raise ValueError(f"Write a value in one line of at most {LONGEST_VALUE} characters.")
    return Field(name, op, value)


def _did(row: Row, value: str) -> Condition:
    word, _, link = row.fact.removeprefix(DEED).partition(":")
    deed = next((deed for deed in DEEDS if deed == word), None)
    if deed is None:
        raise ValueError("Choose what is asked.")
    if row.how not in (YES, NO):
        raise ValueError("Ask this with “is” or “is not”: they did it, or did not.")
    days = _whole(row.days.strip(), LONGEST_LOOK, "days")
    times = _whole(value, MOST_TIMES, "times")
    did = Did(deed, link or None, days, times or 1)
    return did if row.how == YES else Not(did)


def _whole(text: str, most: int, what: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= most):
        raise ValueError(f"Write the {what} as a whole number from 1 to {most}, or leave it empty.")
    return int(text)


def row_of(part: Condition) -> Row | None:
    """The row that asks the same; None where one alone cannot."""
    if isinstance(part, Not):
        inner = row_of(part.part)
        turned = inner is not None and inner.how == YES and not isinstance(part.part, Confirmed | Field)
        return Row(inner.fact, NO, inner.value, inner.days) if inner is not None and turned else None
    match part:
        case Clicked(link):
            return Row(f"{DEED}clicked:{link}")
        case Answered(answer):
            return Row(f"{DEED}answered:{answer}")
        case Confirmed(is_so):
            return Row("confirmed", YES if is_so else NO)
        case Interested(interest):
            return Row("interest", YES, interest)
        case Tagged(tag):
            return Row("tag", YES, tag)
        case Scored(op, points):
            return Row("score", op, f"{points:.15g}")
        case Field(name, op, value):
            return None if op == "one-of" else Row(FIELD + name, _FIELD_HOWS[op], value)
        case Did(deed, link, days, times):
            fact = f"{DEED}{deed}:{link}" if link else f"{DEED}{deed}"
            return Row(fact, YES, str(times) if times > 1 else "", str(days or ""))
    return None
