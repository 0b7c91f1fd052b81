"""A campaign's definition, as values. Steps are found by their permanent key, never by position."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from service.domain.acts import ActStep, EndStep, JumpStep
from service.domain.conditions import Condition, leaves
from service.domain.entry import Entry
from service.domain.timing import DAY, Delay, Hour, Window

Goal = Literal["booked", "attended", "confirmed", "condition", "none"]
Leaving = Literal["goal", "mismatch", "either", "never"]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A time counted from a date of the lead's: before or after it, at the same wall time. `what` is `appointment`, or
    `field:` and the name of a field that holds a date; `minute` then sets the hour of that day."""

    what: str
    delay: Delay
    before: bool
    skip_if_late: bool = False
    minute: int | None = None


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
    needs_visit: bool = False
    then: str | None = None


@dataclass(frozen=True, slots=True)
class WaitStep:
    """`hour`: after the delay, until the wall clock next shows it."""

    key: str
    delay: Delay = Delay()
    anchor: Anchor | None = None
    hour: Hour | None = None
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


Step = MailStep | WaitStep | BranchStep | ActStep
PATIENCE = 7 * DAY


@dataclass(frozen=True, slots=True)
class Definition:
    """`first` is where a lead enters; `steps` is in the file's order; `then` of None completes the series. `leave` says
    what ends it early: the goal, that `matches` no longer holds, either, or nothing. `patience`: seconds that a cap or
    missing slots may hold a mail before it is skipped. `reply_ends`: whoever writes back leaves it.
    `cited`: mails that claim something about health, which somebody has to vouch for."""

    key: str
    name: str
    entry: Entry
    first: str
    steps: Mapping[str, Step]
    family: str = ""
    priority: int = 50
    goal: Goal = "none"
    goal_when: Condition | None = None
    leave: Leaving = "goal"
    matches: Condition | None = None
    window: Window = field(default_factory=Window)
    patience: int = PATIENCE
    reply_ends: bool = True
    cited: frozenset[str] = field(compare=False, default=frozenset())
    asks: frozenset[type] = field(init=False, compare=False, default=frozenset())
    loops: bool = field(init=False, compare=False, default=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "asks", frozenset(type(leaf) for each in self.conditions() for leaf in leaves(each)))
        object.__setattr__(self, "loops", any(isinstance(step, JumpStep) for step in self.steps.values()))

    def mails(self) -> Iterator[MailStep]:
        return (step for step in self.steps.values() if isinstance(step, MailStep))

    def conditions(self) -> Iterator[Condition]:
        """All that it asks of a lead who is in it."""
        yield from (each for each in (self.matches, self.goal_when) if each is not None)
        for step in self.steps.values():
            if isinstance(step, BranchStep):
                yield from (arm.when for arm in step.arms)

    @property
    def blank(self) -> bool:
        """True when nothing happens to who enters: so is a campaign that was begun and never published."""
        return all(isinstance(step, EndStep) for step in self.steps.values())

    @property
    def service_only(self) -> bool:
        """True when an unsubscribe leaves it alone: every mail is about a visit, a confirmation or a receipt."""
        return all(mail.service for mail in self.mails())
