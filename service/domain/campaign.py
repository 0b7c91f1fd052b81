"""A campaign's definition, as values. Steps are found by their permanent key, never by position."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from service.domain.conditions import Condition
from service.domain.timing import Delay, Window

Goal = Literal["booked", "confirmed", "none"]
Entered = Literal["signup", "opt-in-asked", "booked", "cancelled", "no-show", "stay", "by-hand"]
KEYED_BY_APPOINTMENT: frozenset[str] = frozenset({"booked", "cancelled", "no-show"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What makes a lead enter. `interests` empty and `otherwise` true: whoever no other sign-up campaign takes."""

    on: Entered
    interests: frozenset[str] = frozenset()
    otherwise: bool = False

    @property
    def keyed(self) -> bool:
        return self.on in KEYED_BY_APPOINTMENT


@dataclass(frozen=True, slots=True)
class Anchor:
    """A time counted from a date of the lead's (`appointment`): before or after it, at the same wall time."""

    what: Literal["appointment"]
    delay: Delay
    before: bool
    skip_if_late: bool = False


@dataclass(frozen=True, slots=True)
class MailStep:
    key: str
    mail: str
    title: str
    delay: Delay = Delay()
    anchor: Anchor | None = None
    at_once: bool = False
    service: bool = False
    topic: str = "learning"
    needs_slots: bool = False
    without_slots: str | None = None
    then: str | None = None


@dataclass(frozen=True, slots=True)
class WaitStep:
    key: str
    delay: Delay = Delay()
    anchor: Anchor | None = None
    then: str | None = None


@dataclass(frozen=True, slots=True)
class Arm:
    label: str
    when: Condition
    then: str | None


@dataclass(frozen=True, slots=True)
class BranchStep:
    """Waits at most `within` for the first arm that holds; then goes the way of `otherwise`."""

    key: str
    arms: tuple[Arm, ...]
    otherwise_label: str
    within: Delay = Delay()
    delay: Delay = Delay()
    then: str | None = None


Step = MailStep | WaitStep | BranchStep


@dataclass(frozen=True, slots=True)
class Definition:
    """`first` is where a lead enters; `steps` is in the file's order; `then` of None completes the series."""

    key: str
    name: str
    entry: Entry
    first: str
    steps: Mapping[str, Step]
    family: str = ""
    priority: int = 50
    goal: Goal = "none"
    window: Window = field(default_factory=Window)

    def mails(self) -> Iterator[MailStep]:
        return (step for step in self.steps.values() if isinstance(step, MailStep))

    @property
    def service_only(self) -> bool:
        """True when an unsubscribe leaves it alone: every mail is about a visit, a confirmation or a receipt."""
        return all(mail.service for mail in self.mails())
