"""What is known of a batch of enrollments at one instant, and the facts of each that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from service.domain.appointment import Appointment, AppointmentState
from service.domain.campaign import Definition
from service.domain.enrollment import Facts
from service.domain.timing import local_day
from service.storage.clinics import ClinicRow
from service.storage.enrollments import DueRow
from service.storage.suppressions import SuppressionRow
from service.usecases.closures import Closed
from service.usecases.houses import House
from service.usecases.knowledge import Knowledge, date_anchors

UNDELIVERABLE = frozenset({"hard-bounce", "invalid", "complaint"})
WEEKLY = "weekly"
_NONE: frozenset[str] = frozenset()
_NO_CHOICE: Mapping[str, str] = {}


class Link(NamedTuple):
    """A link that was followed, or (kind "answered") an answer."""

    kind: str
    link: str
    at: int
    counts_at: int


class Print(NamedTuple):
    """What a batch's mails print besides: the wording each lead agreed to, and by clinic who sees patients and what
    kinds of visit there are."""

    wordings: Mapping[int, str]
    houses: Mapping[int, House]


@dataclass(slots=True)
class Loaded:
    """What was read, and the facts by enrollment id that follow from it.

    `counting`: when the next click of a run's lead counts that does not yet. `mailed`: by lead, the places of the caps
    that are taken, as (local day, number). `closed` and `slots`: by clinic, the slots only where they were asked for.
    `asking`: versions whose conditions ask for more than the row says. `print` and `paused`, the campaigns that rest:
    only where a batch is read to be sent. `unreviewed`: campaigns whose claims nobody has vouched for in a year."""

    definitions: Mapping[int, Definition] = field(default_factory=dict)
    now: int = 0
    facts: dict[int, Facts] = field(default_factory=dict)
    counting: dict[int, int] = field(default_factory=dict)
    clinics: Mapping[int, ClinicRow] = field(default_factory=dict)
    appointments: dict[int, Appointment] = field(default_factory=dict)
    visits: dict[int, list[Appointment]] = field(default_factory=dict)
    mailed: Mapping[int, Sequence[tuple[int, int]]] = field(default_factory=dict)
    closed: Mapping[int, Closed] = field(default_factory=dict)
    slots: Mapping[int, int] = field(default_factory=dict)
    stops: Mapping[str, Sequence[SuppressionRow]] = field(default_factory=dict)
    hits: Mapping[int, Sequence[Link]] = field(default_factory=dict)
    chosen: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    asking: frozenset[int] = frozenset()
    knowledge: Mapping[int, Knowledge] = field(default_factory=dict)
    restored_until: int = 0
    print: Print | None = None
    paused: frozenset[int] = frozenset()
    unreviewed: frozenset[int] = frozenset()

    def lone(self, row: DueRow) -> bool:
        """Whether more is known of this lead or of its run than its row and its caps say."""
        return (
            row.email is None
            or row.appointment_id is not None
            or row.visits is not None
            or row.version_id in self.asking
            or row.email_key in self.stops
            or row.lead_id in self.hits
            or row.lead_id in self.visits
            or row.id in self.chosen
            or (row.confirmed_at is not None and self.definitions[row.version_id].goal == "confirmed")
        )

    def sent(self, row: DueRow) -> tuple[int, int]:
        """The lead's mails that count for the caps: of its local day, and of the seven days up to it."""
        taken = self.mailed.get(row.lead_id)
        if taken is None:
            return 0, 0
        today = local_day(self.now, row.zone)
        return sum(day == today for day, _ in taken), sum(today - 7 < day <= today for day, _ in taken)

    def facts_of(self, row: DueRow) -> Facts:
        """All that a decision on this run may know."""
        definition, visits = self.definitions[row.version_id], self.visits.get(row.lead_id, ())
        facts = _of_row(row, self.clinics[row.clinic_id], self.closed[row.clinic_id].days, self.now)
        facts.restored_until = self.restored_until
        facts.sent_today, facts.sent_week = self.sent(row)
        if row.campaign_id in self.unreviewed:
            facts.expired_mails = definition.cited
        facts.slots_open = self.slots.get(row.clinic_id, 0)
        facts.goal_at = _goal_at(definition, row, visits)
        facts.chosen = self.chosen.get(row.id, _NO_CHOICE)
        _stopped_by(facts, row, self.stops.get(row.email_key or "", ()))
        if row.lead_id in self.knowledge:
            _knowing(facts, self.knowledge[row.lead_id], definition)
        if row.lead_id in self.hits:
            _linked(facts, [hit for hit in self.hits[row.lead_id] if hit.at >= row.entered_at], self.now)
        if row.appointment_id is not None and row.appointment_id in self.appointments:
            visit = self.appointments[row.appointment_id]
            facts.anchors["appointment"] = visit.starts_at
            facts.attended = visit.state is AppointmentState.ATTENDED
        return facts

    def counts_at(self, row: DueRow) -> int | None:
        """When the next of the lead's clicks counts that does not yet."""
        hits = self.hits.get(row.lead_id, ())
        return min(
            (hit.counts_at for hit in hits if hit.at >= row.entered_at and hit.counts_at > self.now), default=None
        )


def _of_row(row: DueRow, clinic: ClinicRow, closed: frozenset[int], now: int) -> Facts:
    return Facts(
        now=now,
        lead_id=row.lead_id,
        closed=closed,
        quiet=clinic.quiet,
        zone=row.zone,
        clinic_zone=clinic.zone,
        consent=row.consent == "given",
        address=row.email is not None,
        paused_until=row.paused_until if (row.paused_until or 0) > now else None,
        refused_topics=frozenset(row.refused_topics) if row.refused_topics else _NONE,
        confirmed=row.confirmed_at is not None,
        minor=row.minor,
        urgent=row.urgent,
        interest=row.interest,
        cap_day=clinic.cap_day,
        cap_week=1 if row.pace == WEEKLY else clinic.cap_week,
        stopped=clinic.stopped_at is not None,
        braked=clinic.braked_at is not None,
        overdue_after=clinic.overdue_after,
    )


def _knowing(facts: Facts, known: Knowledge, definition: Definition) -> None:
    facts.fields, facts.tags, facts.score, facts.events = known.fields, known.tags, known.score, known.events
    facts.anchors.update(date_anchors(definition, known.fields, facts.zone))


def _stopped_by(facts: Facts, row: DueRow, stops: Sequence[SuppressionRow]) -> None:
    for stop in stops:
        if stop.clinic_id is not None and stop.clinic_id != row.clinic_id:
            continue
        if stop.reason in UNDELIVERABLE:
            facts.undeliverable = stop.reason
        else:
            facts.suppressed = stop.reason
    if row.consent == "withdrawn" and facts.suppressed is None:
        facts.suppressed = "unsubscribed"


def _goal_at(definition: Definition, row: DueRow, visits: Sequence[Appointment]) -> int | None:
    if definition.goal == "booked":
        met = [visit.booked_at for visit in visits if visit.booked_at >= row.entered_at]
        return min(met, default=None)
    if definition.goal == "attended":
        came = (visit.ended_at for visit in visits if visit.state is AppointmentState.ATTENDED)
        return min((at for at in came if at is not None and at >= row.entered_at), default=None)
    if definition.goal == "confirmed" and row.confirmed_at is not None and row.confirmed_at >= row.entered_at:
        return row.confirmed_at
    return None


def _linked(facts: Facts, hits: Sequence[Link], now: int) -> None:
    """A click counts only when it is old enough."""
    facts.clicked = frozenset(hit.link for hit in hits if hit.kind == "clicked" and hit.counts_at <= now)
    facts.answered = frozenset(hit.link for hit in hits if hit.kind == "answered" and hit.counts_at <= now)
