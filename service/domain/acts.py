"""Steps that send nothing: they part, mark, tell, call, lead elsewhere or end. Each takes effect once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Variant:
    """`weight` is its share of WHOLE, the holdout left out of the count."""

    label: str
    weight: int
    then: str | None


@dataclass(frozen=True, slots=True)
class SplitStep:
    """Parts people by chance, for good: the same lead goes the same way in every version. `holdout` (of WHOLE) go past
    every variant. `then` is where the holdout goes on."""

    key: str
    variants: tuple[Variant, ...]
    holdout: int = 0
    then: str | None = None


@dataclass(frozen=True, slots=True)
class SetField:
    """An empty value forgets the field."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class AddTag:
    tag: str


@dataclass(frozen=True, slots=True)
class RemoveTag:
    tag: str


@dataclass(frozen=True, slots=True)
class AddScore:
    points: float


@dataclass(frozen=True, slots=True)
class TellStaff:
    """`kind`: what is asked of the clinic's people; the words may not print what a lead wrote."""

    words: str
    kind: Literal["call", "note"] = "note"


@dataclass(frozen=True, slots=True)
class CallHook:
    """The name of an outbound webhook of the clinic's settings."""

    hook: str


@dataclass(frozen=True, slots=True)
class EnterCampaign:
    campaign: str


@dataclass(frozen=True, slots=True)
class LeaveCampaign:
    campaign: str


Effect = SetField | AddTag | RemoveTag | AddScore | TellStaff | CallHook | EnterCampaign | LeaveCampaign


@dataclass(frozen=True, slots=True)
class DoStep:
    key: str
    effects: tuple[Effect, ...]
    then: str | None = None


@dataclass(frozen=True, slots=True)
class JumpStep:
    """Goes to the step `to`, at most `at_most` times a run; then on to `then`."""

    key: str
    to: str
    at_most: int = 3
    then: str | None = None


@dataclass(frozen=True, slots=True)
class EndStep:
    """The series ends here, whatever follows in the file."""

    key: str
    then: None = None


ActStep = SplitStep | DoStep | JumpStep | EndStep
