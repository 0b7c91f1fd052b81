"""What is known of a batch of enrollments at one instant: one query a kind, never one a lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.acts import SplitStep
from service.domain.appointment import Appointment, AppointmentState
from service.domain.campaign import Definition
from service.domain.enrollment import Facts
from service.domain.timing import DAY, local_day
from service.storage import appointments, caps, choices, clinics, restored, suppressions
from service.storage.clinics import ClinicRow
from service.storage.either_way import listed
from service.storage.enrollments import DueRow
from service.storage.suppressions import SuppressionRow
from service.storage.tables import event
from service.usecases.closures import Closed, load_closed
from service.usecases.knowledge import Knowledge, asked, date_anchors, load_knowledge
from service.usecases.open_slots import count_open

UNDELIVERABLE = frozenset({"hard-bounce", "invalid", "complaint"})
WEEKLY = "weekly"
_NONE: frozenset[str] = frozenset()
_COUNTS_AT = sa.func.coalesce(event.c.counts_at, event.c.at)
_LINKS = sa.select(event.c.lead_id, event.c.kind, event.c.link, event.c.at, _COUNTS_AT).where(
    listed(event.c.lead_id, "lead_ids"),
    event.c.kind.in_(["clicked", "answered"]),
    event.c.link.is_not(None),
    event.c.flag.is_(None),
    event.c.at >= sa.bindparam("since"),
)


class Link(NamedTuple):
    """A link that was followed, or (kind "answered") an answer."""

    kind: str
    link: str
    at: int
    counts_at: int


@dataclass(slots=True)
class Loaded:
    """Facts by enrollment id, when the next click of theirs counts that does not yet, and the rows that a mail may
    print. `mailed`: by lead, the local days of the mails that count for the caps; `closed` and
    `slots`: by clinic, the slots only where they were asked for."""

    facts: dict[int, Facts] = field(default_factory=dict)
    counting: dict[int, int] = field(default_factory=dict)
    clinics: Mapping[int, ClinicRow] = field(default_factory=dict)
    appointments: dict[int, Appointment] = field(default_factory=dict)
    mailed: Mapping[int, Sequence[int]] = field(default_factory=dict)
    closed: Mapping[int, Closed] = field(default_factory=dict)
    slots: Mapping[int, int] = field(default_factory=dict)


def load(
    conn: Connection,
    rows: Sequence[DueRow],
    definitions: Mapping[int, Definition],
    now: int,
    *,
    ahead: bool = False,
    houses: Mapping[int, ClinicRow] | None = None,
) -> Loaded:
    """`definitions` by version id. `ahead`: for looking at later steps as well as at those where they stand. `houses`:
    the clinics, where they are known already."""
    loaded = Loaded(clinics=clinics.everyone(conn) if houses is None else houses)
    lead_ids = {row.lead_id for row in rows}
    loaded.closed = closed = load_closed(conn, [loaded.clinics[key] for key in {row.clinic_id for row in rows}], now)
    asks = frozenset().union(*(asked(definitions[version_id]) for version_id in {row.version_id for row in rows}))
    known = load_knowledge(conn, {row.lead_id: row.clinic_id for row in rows}, asks, now) if asks else {}
    stops = suppressions.standing_anywhere(conn, {row.email_key for row in rows if row.email_key})
    hits = _links(conn, lead_ids, now)
    visits: dict[int, list[Appointment]] = {}
    for visit in appointments.of_leads(conn, lead_ids):
        visits.setdefault(visit.lead_id, []).append(visit)
        loaded.appointments[visit.id] = visit
    loaded.mailed = mailed = caps.days(conn, lead_ids, local_day(now, "UTC") - 8)
    asking = {row.clinic_id for row in rows if _offers_slots(definitions[row.version_id], None if ahead else row.step)}
    loaded.slots = slots = count_open(conn, asking, now) if asking else {}
    span = restored.lost(conn)
    chosen = _chosen(conn, rows, definitions)
    for row in rows:
        facts = _of_lead(row, loaded.clinics[row.clinic_id], closed[row.clinic_id].days, now)
        facts.restored_until = 0 if span is None else span.until
        if row.lead_id in known:
            _knowing(facts, known[row.lead_id], definitions[row.version_id])
        _stopped_by(facts, row, stops.get(row.email_key or "", ()))
        facts.goal_at = _goal_at(definitions[row.version_id], row, visits.get(row.lead_id, ()))
        if row.lead_id in hits:
            own = [hit for hit in hits[row.lead_id] if hit.at >= row.entered_at]
            _linked(facts, own, now)
            counting = min((hit.counts_at for hit in own if hit.counts_at > now), default=None)
            if counting is not None:
                loaded.counting[row.id] = counting
        if row.lead_id in mailed:
            _mailed(facts, mailed[row.lead_id], local_day(now, row.zone))
        facts.slots_open = slots.get(row.clinic_id, 0)
        if row.appointment_id is not None and row.appointment_id in loaded.appointments:
            visit = loaded.appointments[row.appointment_id]
            facts.anchors["appointment"] = visit.starts_at
            facts.attended = visit.state is AppointmentState.ATTENDED
        facts.chosen = chosen.get(row.id, {})
        loaded.facts[row.id] = facts
    return loaded


def _chosen(
    conn: Connection, rows: Sequence[DueRow], definitions: Mapping[int, Definition]
) -> dict[int, dict[str, str]]:
    """Which way those went before who stand at a split."""
    splits = [row.id for row in rows if isinstance(definitions[row.version_id].steps[row.step], SplitStep)]
    return choices.of_runs(conn, splits) if splits else {}


def _of_lead(row: DueRow, clinic: ClinicRow, closed: frozenset[int], now: int) -> Facts:
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


def _mailed(facts: Facts, days: Sequence[int], today: int) -> None:
    facts.sent_today = sum(day == today for day in days)
    facts.sent_week = sum(today - 7 < day <= today for day in days)


def _links(conn: Connection, lead_ids: set[int], now: int) -> dict[int, list[Link]]:
    """Unflagged clicks and answers, those that do not count yet included."""
    asked = {"lead_ids": list(lead_ids), "since": now - 400 * DAY}
    found: dict[int, list[Link]] = {}
    for lead_id, *hit in conn.execute(_LINKS, asked):
        found.setdefault(lead_id, []).append(Link(*hit))
    return found


def _offers_slots(definition: Definition, step: str | None) -> bool:
    """Whether the step does, or (None) any."""
    if step is None:
        return any(mail.needs_slots for mail in definition.mails())
    return getattr(definition.steps[step], "needs_slots", False)
