"""Who may enter a campaign, and when again."""

from __future__ import annotations

from typing import Protocol

from service.domain.campaign import Definition
from service.domain.conditions import holds
from service.domain.enrollment import EnrollmentState, Facts
from service.domain.entry import Entry, Reentry
from service.domain.timing import DAY

# Stops that the lead has taken back, or that were no end of the matter: a new occasion begins anew at once.
RESTARTABLE = frozenset({"unsubscribed", "no-consent", "superseded"})


class LastRun(Protocol):
    """The newest run under the same key."""

    @property
    def state(self) -> int: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def entered_at(self) -> int: ...
    @property
    def ended_at(self) -> int | None: ...


def may_reenter(rule: Reentry, last: LastRun, now: int, *, led: bool = False) -> bool:
    """Never while it runs. `led` by a step of another campaign: once a day at most, and never only because the last run
    was cut off, so that two campaigns that lead into each other come to an end."""
    if last.state in (EnrollmentState.ACTIVE, EnrollmentState.PAUSED) or last.ended_at is None or rule.how == "never":
        return False
    if led and now - last.entered_at < DAY:
        return False
    if rule.how == "rematch":
        return now - last.entered_at >= rule.days * DAY
    return (last.reason in RESTARTABLE and not led) or now - last.ended_at >= rule.days * DAY


def welcome(entry: Entry, facts: Facts) -> bool:
    """Whether the entry's own conditions let this lead in."""
    if entry.only is not None and not holds(entry.only, facts):
        return False
    return entry.never is None or not holds(entry.never, facts)


def goal_holds(definition: Definition, facts: Facts) -> bool:
    """Whether a goal that is a condition is met already."""
    return definition.goal_when is not None and holds(definition.goal_when, facts)
