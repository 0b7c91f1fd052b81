"""Conditions: one small tree over what is known of a lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol


class Known(Protocol):
    """What a condition may ask."""

    @property
    def clicked(self) -> frozenset[str]: ...
    @property
    def answered(self) -> frozenset[str]: ...
    @property
    def confirmed(self) -> bool: ...
    @property
    def interest(self) -> str | None: ...


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
class Group:
    how: Literal["all", "any"]
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


Condition = Clicked | Answered | Confirmed | Interested | Group | Not


def holds(condition: Condition, known: Known) -> bool:
    match condition:
        case Clicked(link):
            return link in known.clicked
        case Answered(answer):
            return answer in known.answered
        case Confirmed(is_so):
            return known.confirmed is is_so
        case Interested(interest):
            return known.interest == interest
        case Group("all", parts):
            return all(holds(part, known) for part in parts)
        case Group("any", parts):
            return any(holds(part, known) for part in parts)
        case Not(part):
            return not holds(part, known)
    raise TypeError(f"not a condition: {condition!r}")
