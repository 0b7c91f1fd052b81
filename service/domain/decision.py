"""What the engine can decide, as values. Nothing else moves an enrollment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from service.domain.acts import Effect
from service.domain.campaign import MailStep

Guard = Literal[
    "goal-met",
    "no-consent",
    "no-address",
    "suppressed",
    "paused",
    "overdue",
    "superseded",
    "content-expired",
    "content-broken",
    "outside-window",
    "capped",
    "no-capacity",
    "pace",
    "brake",
    "campaign-paused",
    "topic-refused",
    "too-late",
    "not-yet",
    "no-match",
    "minor",
    "urgent",
    "visit-unmarked",
    "restored",
    "sent-before",
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an enrollment goes next: the step, when its wait began, and when it is due."""

    step: str
    since: int
    due: int


@dataclass(frozen=True, slots=True)
class Send:
    """Hand over `mail` now; afterwards stand at `then`, or complete when it is None."""

    step: MailStep
    mail: str
    then: Place | None


@dataclass(frozen=True, slots=True)
class Wait:
    """Stay on this step until `until`; None: until a person decides. `holds`: it counts against the seven days."""

    until: int | None
    guard: Guard
    holds: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """No mail: a wait is over, a way was taken, something is done, or a mail is skipped for good. `then` None
    completes; `effects` happen with the move, once."""

    kind: Literal["waited", "branched", "split", "did", "jumped", "ended", "skipped"]
    then: Place | None
    guard: Guard | None = None
    label: str = ""
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Exit:
    """Leaves for good. `guard` names the rule, `reason` the particular case (unsubscribed, hard-bounce, …)."""

    guard: Guard
    reason: str


Decision = Send | Wait | Act | Exit
