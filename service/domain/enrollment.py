"""An enrollment: a lead in a campaign, pinned to one version."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum


class EnrollmentState(IntEnum):
    ACTIVE = 1
    PAUSED = 2
    COMPLETED = 3
    EXITED = 4


@dataclass(slots=True)
class Enrollment:
    """`step` is a permanent key; `since` is when the wait for it began and `due_at` when it is acted on (UTC epoch
    seconds); `visit` counts how often this enrollment has entered the step, from 1; `held_at` is when a cap or missing
    slots first held it."""

    id: int
    lead_id: int
    step: str
    visit: int
    entered_at: int
    since: int
    due_at: int
    held_at: int | None = None


@dataclass(slots=True)
class Facts:
    """All that a decision may know of a lead at one instant, loaded for a whole batch at once.

    `goal_at`: when the campaign's goal was met, counted from entry on. `suppressed`: the reason that stops marketing;
    `undeliverable`: the reason that stops every mail. `clicked` holds counted links only (see SEMANTICS: click)."""

    zone: str
    clinic_zone: str
    consent: bool = True
    address: bool = True
    suppressed: str | None = None
    undeliverable: str | None = None
    goal_at: int | None = None
    superseded: bool = False
    paused_until: int | None = None
    refused_topics: frozenset[str] = frozenset()
    clicked: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()
    confirmed: bool = False
    interest: str | None = None
    anchors: dict[str, int] = field(default_factory=dict)
    sent_today: int = 0
    sent_week: int = 0
    cap_day: int = 1
    cap_week: int = 4
    slots_open: int = 3
    expired_mails: frozenset[str] = frozenset()
    stopped: bool = False
    overdue_after: int = 43_200
