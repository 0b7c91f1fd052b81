"""What makes a lead enter a campaign, who may, and when again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from service.domain.conditions import Condition
from service.domain.timing import Delay

Entered = Literal[
    "signup",
    "opt-in-asked",
    "booked",
    "attended",
    "cancelled",
    "no-show",
    "stay",
    "red-flag",
    "clicked",
    "answered",
    "field",
    "tag",
    "segment",
    "date",
    "by-hand",
    "api",
    "letter",
]
KEYED_BY_APPOINTMENT: frozenset[str] = frozenset({"booked", "attended", "cancelled", "no-show"})
DAYS_BETWEEN = 180


@dataclass(frozen=True, slots=True)
class Reentry:
    """`never`; `after`: so many days after the last run ended; `rematch`: each time the occasion comes anew, the runs'
    beginnings at least so many days apart. A run that still goes on is never doubled."""

    how: Literal["never", "after", "rematch"] = "after"
    days: int = DAYS_BETWEEN


@dataclass(frozen=True, slots=True)
class DateEntry:
    """Each year's (`yearly`) or the one day that a field names, moved by `delay`, at `minute` after local midnight."""

    field: str
    delay: Delay = Delay()
    before: bool = False
    minute: int = 9 * 60
    yearly: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What makes a lead enter. `interests` empty and `otherwise` true: whoever no other sign-up campaign takes.
    `what` narrows the occasion: the link clicked, the answer given, the tag, the field or the segment's key. `only`
    must hold of the lead and `never` must not."""

    on: Entered
    interests: frozenset[str] = frozenset()
    otherwise: bool = False
    sources: frozenset[str] = frozenset()
    utm: tuple[tuple[str, str], ...] = ()
    what: str = ""
    value: str = ""
    date: DateEntry | None = None
    only: Condition | None = None
    never: Condition | None = None
    reentry: Reentry = Reentry()

    @property
    def keyed(self) -> bool:
        """One run an appointment."""
        return self.on in KEYED_BY_APPOINTMENT
