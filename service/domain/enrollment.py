"""An enrollment: a lead in a campaign, pinned to one version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from service.domain.conditions import Happened
from service.domain.rate import DayFull
from service.domain.timing import NONE_CLOSED


class EnrollmentState(IntEnum):
    ACTIVE = 1
    PAUSED = 2
    COMPLETED = 3
    EXITED = 4


@dataclass(slots=True)
class Enrollment:
    """`step` is a permanent key; `since` is when the wait for it began and `due_at` when it is acted on (UTC epoch
    seconds); `visit` counts how often this enrollment has entered the step, from 1; `held_at` is when a cap or missing
    slots first held it. `visits` says the same as `visit` of every step entered, where the series loops; a minus marks
    a step whose mail had gone before the run was moved to another version."""

    id: int
    lead_id: int
    step: str
    visit: int
    entered_at: int
    since: int
    due_at: int
    held_at: int | None = None
    visits: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Facts:
    """All that a decision may know of a lead at one instant, loaded for a whole batch at once.

    `goal_at`: when the campaign's goal was met, counted from entry on. `suppressed`: the reason that stops marketing;
    `undeliverable`: the reason that stops every mail. `attended`: the visit that this run is about was
    marked so. `clicked` holds counted links only (see SEMANTICS: click).
    `anchors`: instants by what they are. `closed`: local days (ordinals) on which the clinic sends nothing; `quiet`:
    its quiet hours; `day_full`: its day has seen all the mails that it may. `restored_until`: what was due before may
    have gone in the days that were lost when a backup was put back. `fields`, `tags`, `score` and `events` are loaded
    only where the definition asks for them."""

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
    braked: bool = False
    day_full: DayFull | None = None
    overdue_after: int = 43_200
    restored_until: int = 0
    now: int = 0
    lead_id: int = 0
    minor: bool = False
    urgent: bool = False
    attended: bool = True
    closed: frozenset[int] = NONE_CLOSED
    quiet: tuple[int, int] | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    score: float = 0.0
    events: Sequence[Happened] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)
