"""Conditions: one small tree over what is known of a lead. `storage/condition_sql.py` says the same to a database."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import Literal, NamedTuple, Protocol

from service.domain.scoring import reaches, stays_within
from service.domain.timing import DAY

Op = Literal["is", "is-not", "one-of", "known", "unknown", "contains", "at-least", "at-most"]
Deed = Literal[
    "signed-up",
    "confirmed",
    "clicked",
    "answered",
    "visited",
    "replied",
    "booked",
    "moved",
    "cancelled",
    "attended",
    "no-show",
    "unsubscribed",
    "mailed",
]
# What a lead's own row says, asked for like a field of the clinic's making.
BUILT_IN = (
    "interest",
    "locale",
    "timezone",
    "source",
    "consent",
    "first_name",
    "last_name",
    "phone",
    "page",
    "utm_source",
    "utm_medium",
    "utm_campaign",
)
_OWN = frozenset(BUILT_IN)
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


class Happened(NamedTuple):
    """Something that a lead did, and that counts. `at` in UTC epoch seconds."""

    kind: str
    link: str | None
    at: int


class Known(Protocol):
    """What a condition may ask."""

    @property
    def now(self) -> int: ...
    @property
    def clicked(self) -> frozenset[str]: ...
    @property
    def answered(self) -> frozenset[str]: ...
    @property
    def confirmed(self) -> bool: ...
    @property
    def interest(self) -> str | None: ...
    @property
    def fields(self) -> Mapping[str, str]: ...
    @property
    def tags(self) -> frozenset[str]: ...
    @property
    def score(self) -> float: ...
    @property
    def events(self) -> Sequence[Happened]: ...


@dataclass(frozen=True, slots=True)
class Clicked:
    """A person's counted hit on one of our own links (`book`, `read`, `preferences`) since the lead entered."""

    link: str


@dataclass(frozen=True, slots=True)
class Answered:
    answer: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    is_so: bool = True


@dataclass(frozen=True, slots=True)
class Interested:
    interest: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field against a value, without regard to case. `at-least` and `at-most` compare numbers where the bound is one,
    else texts, so that dates (2026-11-24) compare by the calendar. A field that is not there, or blank, is
    unknown: only `unknown` and `is-not` hold of it. BUILT_IN names are always texts, see `plain`."""

    name: str
    op: Op
    value: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tagged:
    tag: str


@dataclass(frozen=True, slots=True)
class Scored:
    """The lead's score now, decay included."""

    op: Literal["at-least", "at-most"]
    points: float


@dataclass(frozen=True, slots=True)
class Did:
    """`times` or more of a deed, in the last `days` (elapsed) or ever. Never: Not(Did(…))."""

    deed: Deed
    link: str | None = None
    days: int | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Group:
    how: Literal["all", "any"]
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


Condition = Clicked | Answered | Confirmed | Interested | Field | Tagged | Scored | Did | Group | Not
EVERYONE = Group("all", ())


def holds(condition: Condition, known: Known) -> bool:  # noqa: C901 - one arm a kind
    match condition:
        case Clicked(link):
            return link in known.clicked
        case Answered(answer):
            return answer in known.answered
        case Confirmed(is_so):
            return known.confirmed is is_so
        case Interested(interest):
            return known.interest == interest
        case Field():
            return _field(condition, known.fields.get(condition.name))
        case Tagged(tag):
            return tag in known.tags
        case Scored(op, points):
            return reaches(known.score, points) if op == "at-least" else stays_within(known.score, points)
        case Did():
            return _did(condition, known)
        case Group("all", parts):
            return all(holds(part, known) for part in parts)
        case Group("any", parts):
            return any(holds(part, known) for part in parts)
        case Not(part):
            return not holds(part, known)
    raise TypeError(f"not a condition: {condition!r}")


def leaves(condition: Condition) -> Iterator[Condition]:
    """What the tree asks in the end, groups and negations left out."""
    match condition:
        case Group(_how, parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield condition


def number(text: str) -> float | None:
    """A plain decimal number as people write it, or None. The database is given the very same reading, stored."""
    if not _NUMBER.fullmatch(text := text.strip()):
        return None
    read = float(text)
    return read if abs(read) < 1e15 else None


def folded(text: str) -> str:
    """How fields of the clinic's own making are compared: stored beside the value, so that both evaluators read the
    same."""
    return text.strip().casefold()


def plain(text: str) -> str:
    """How BUILT_IN fields are compared: spaces around cut off, A to Z made small. No more than a database does, too,
    with the columns as they are."""
    return text.strip(" ").translate(_LOWER)


def comparable(name: str, text: str) -> str:
    """`text` as a field of this name is compared with it."""
    return plain(text) if name in _OWN else folded(text)


def bound(name: str, text: str) -> float | None:
    """The number that `at-least` and `at-most` compare with; None: they compare texts."""
    return None if name in _OWN else number(text)


def _field(asked: Field, value: str | None) -> bool:
    has = "" if value is None else comparable(asked.name, value)
    if value is None or not has:
        return asked.op in ("unknown", "is-not")
    match asked.op:
        case "known":
            return True
        case "unknown":
            return False
        case "is":
            return has == comparable(asked.name, asked.value)
        case "is-not":
            return has != comparable(asked.name, asked.value)
        case "one-of":
            return has in {comparable(asked.name, each) for each in asked.values}
        case "contains":
            return comparable(asked.name, asked.value) in has
    return _ordered(asked, value, has)


def _ordered(asked: Field, value: str, has: str) -> bool:
    theirs = bound(asked.name, asked.value)
    if theirs is not None:
        ours = number(value)
        if ours is None:
            return False
        return ours >= theirs if asked.op == "at-least" else ours <= theirs
    text = comparable(asked.name, asked.value)
    return has >= text if asked.op == "at-least" else has <= text


def _did(asked: Did, known: Known) -> bool:
    since = None if asked.days is None else known.now - asked.days * DAY
    found = 0
    for kind, link, at in known.events:
        if kind != asked.deed or (asked.link is not None and link != asked.link):
            continue
        if at <= known.now and (since is None or at > since):
            found += 1
            if found >= asked.times:
                return True
    return False
