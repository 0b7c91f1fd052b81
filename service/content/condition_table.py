"""Conditions as a campaign file spells them: {clicked: book, in_the_last: 14d}, {all: [...]}, {not: {...}}."""

from __future__ import annotations

from typing import Literal, get_args

from service.content.field_table import FIELD_OPS, field_condition
from service.content.span_table import days_of
from service.content.yaml_scalar import is_slug
from service.content.yaml_table import Table
from service.domain.conditions import (
    EVERYONE,
    Answered,
    Clicked,
    Condition,
    Confirmed,
    Deed,
    Did,
    Group,
    Interested,
    Not,
    Scored,
    Tagged,
)

CLICKS = ("book", "read", "preferences")
ANSWERS = ("price", "needles", "time", "forme", "other")
DEEDS: tuple[Deed, ...] = get_args(Deed)
LINKED = ("clicked", "answered", "visited")
WITHIN = ("in_the_last", "times")
# Each kind, and what may stand beside it.
BESIDE: dict[str, tuple[str, ...]] = {
    "clicked": WITHIN,
    "answered": WITHIN,
    "confirmed": (),
    "interest": (),
    "did": (*WITHIN, "link"),
    "never": (*WITHIN, "link"),
    "tag": (),
    "field": FIELD_OPS,
    "score": (),
    "everyone": (),
    "any": (),
    "all": (),
    "not": (),
}
KINDS = tuple(BESIDE)
WORDS = tuple(dict.fromkeys((*KINDS, *(word for beside in BESIDE.values() for word in beside))))
SCORE_KEYS = ("at_least", "at_most")
LONGEST_TAG = 60
DEEPEST, LONGEST_LOOK, MOST_TIMES, MOST_POINTS = 8, 366, 1_000, 1_000_000


def parse_condition(table: Table, depth: int = 0) -> Condition | None:
    """The condition, or None when it is noted as wrong."""
    keys = [key for key in table.written() if key in KINDS]
    table.only((*keys, *BESIDE[keys[0]]) if len(keys) == 1 else WORDS)
    if len(keys) != 1 or depth > DEEPEST:
        what = f"{table.where} asks {len(keys)} things" if depth <= DEEPEST else f"{table.where} is nested too deep"
        table.notes.add(table.line, what, "ask one thing, or put several under all: or any:")
        return None
    return _one(table, keys[0], depth)


def tag_of(table: Table, key: str, needed: str = "") -> str | None:
    tag = table.text(key, needed)
    if tag is not None and (tag != tag.strip() or len(tag) > LONGEST_TAG or not tag.isprintable()):
        table.wrong(key, f"the tag {tag!r}", f"write one line of at most {LONGEST_TAG} characters")
        return None
    return tag


def _one(table: Table, key: str, depth: int) -> Condition | None:
    match key:
        case "clicked" | "answered":
            return _linked(table, key)
        case "did" | "never":
            deed = _deed(table, key)
            return Not(deed) if deed and key == "never" else deed
        case "any" | "all":
            return _group(table, "any" if key == "any" else "all", depth)
        case "not":
            part = table.table(key, f"the not: of {table.where}", "say what must not hold")
            inner = parse_condition(part, depth + 1) if part else None
            return Not(inner) if inner else None
        case "field":
            return field_condition(table)
        case "score":
            return _score(table)
    return _simple(table, key)


def _simple(table: Table, key: str) -> Condition | None:
    match key:
        case "confirmed":
            return Confirmed(table.flag(key))
        case "everyone":
            if not table.flag(key):
                table.wrong(
                    key, f"{table.where} asks for everyone: false", "write everyone: true, or ask for something"
                )
            return EVERYONE
        case "tag":
            tag = tag_of(table, key, "name the tag")
            return Tagged(tag) if tag else None
    interest = table.text(key, "name the interest")
    if interest and not is_slug(interest):
        table.wrong(key, f"'interest' is {interest!r}", "write small letters and digits, joined by hyphens")
    return Interested(interest) if interest else None


def _linked(table: Table, key: Literal["clicked", "answered"]) -> Condition | None:
    word = table.one_of(key, CLICKS if key == "clicked" else ANSWERS, f"say what was {key}")
    if word is None:
        return None
    if any(table.has(beside) for beside in WITHIN):
        return Did(key, word, *_within(table))
    return Clicked(word) if key == "clicked" else Answered(word)


def _deed(table: Table, key: str) -> Did | None:
    word = table.one_of(key, DEEDS, "say what they did, such as booked")
    deed = next((deed for deed in DEEDS if deed == word), None)
    link = table.text("link")
    if deed is None:
        return None
    if link is not None and deed not in LINKED:
        table.wrong(
            "link", f"{table.where} asks for a link of {deed!r}", f"leave it out: only {_words(LINKED)} have one"
        )
    elif link is not None and deed != "visited":
        table.one_of("link", CLICKS if deed == "clicked" else ANSWERS)
    return Did(deed, link, *_within(table))


def _within(table: Table) -> tuple[int | None, int]:
    times = table.whole("times", 1, MOST_TIMES)
    return days_of(table, "in_the_last", LONGEST_LOOK), 1 if times is None else times


def _score(table: Table) -> Condition | None:
    row = table.table("score", f"score of {table.where}", "say how much, such as {at_least: 20}")
    if row is None:
        return None
    row.only(SCORE_KEYS)
    if row.has("at_least") == row.has("at_most"):
        row.notes.add(row.line, f"{row.where} has no bound, or two", "give it one of at_least:, at_most:")
        return None
    key = "at_least" if row.has("at_least") else "at_most"
    points = row.number(key, -MOST_POINTS, MOST_POINTS, "write a number")
    return None if points is None else Scored("at-least" if key == "at_least" else "at-most", points)


def _group(table: Table, how: Literal["all", "any"], depth: int) -> Condition | None:
    parts = [parse_condition(part, depth + 1) for part in table.tables(how, f"{how} of {table.where}, part")]
    if not parts:
        table.wrong(how, f"{how}: of {table.where} is empty", "list at least one condition")
    return Group(how, tuple(part for part in parts if part)) if parts and all(parts) else None


def _words(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"
