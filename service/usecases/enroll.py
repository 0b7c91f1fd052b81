"""Entering a campaign: an occasion finds its campaigns, and each takes the lead or says why not."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from service.domain.campaign import Definition
from service.domain.engine import enter
from service.domain.enrollment import EnrollmentState, Facts
from service.domain.entry import Entered
from service.domain.timing import DAY
from service.storage import appointments, campaigns, clinics, enrollment_moves, events, leads, runs
from service.storage.campaigns import PAUSED, CampaignRow
from service.storage.runs import RunRow
from service.usecases.kit import Kit
from service.usecases.leave import end_runs

REENTRY_AFTER = 180 * DAY
RESTARTABLE = frozenset({"unsubscribed", "no-consent", "superseded"})


def enter_by(
    conn: Connection,
    kit: Kit,
    clinic_id: int,
    lead_id: int,
    on: Entered,
    now: int,
    *,
    interest: str | None = None,
    appointment_id: int | None = None,
    entry_key: str = "",
) -> list[int]:
    """Enters the lead wherever the occasion leads; gives the new enrollments' ids. Twice is once. Who is under 18
    enters only what sends service mail: the gate keeps the rest of it back."""
    rows = campaigns.entered_by(conn, clinic_id, on)
    definitions = {row.id: kit.library.version(conn, row.version_id).definition for row in rows}
    chosen = choose(rows, definitions, interest)
    if not chosen:
        return []
    facts = _facts(conn, clinic_id, lead_id, appointment_id)
    made = []
    for row in chosen:
        definition = definitions[row.id]
        if facts.minor and not row.has_service:
            continue
        if not _may_enter(conn, row, definition, lead_id, entry_key, now):
            continue
        if definition.family:
            older = runs.families(conn, lead_id, definition.family, row.id)
            end_runs(conn, older, "superseded", "superseded", now)
        made.append(_add(conn, row, definition, facts, lead_id, appointment_id, entry_key, now))
    return made


def choose(rows: Sequence[CampaignRow], definitions: dict[int, Definition], interest: str | None) -> list[CampaignRow]:
    """Those that name the interest; without any, those for everyone else; and those that ask for none."""
    named = [row for row in rows if interest in definitions[row.id].entry.interests]
    rest = [row for row in rows if definitions[row.id].entry.otherwise]
    open_to_all = [
        row for row in rows if not definitions[row.id].entry.interests and not definitions[row.id].entry.otherwise
    ]
    return (named or rest) + open_to_all


def _may_enter(
    conn: Connection, row: CampaignRow, definition: Definition, lead_id: int, entry_key: str, now: int
) -> bool:
    if definition.goal == "booked" and appointments.next_of_lead(conn, lead_id, now) is not None:
        return False
    earlier = runs.runs(conn, lead_id, row.id, entry_key)
    return not earlier or may_reenter(earlier[0], now)


def may_reenter(last: RunRow, now: int) -> bool:
    """Never while it runs; again at once after a stop that the lead has taken back, else after half a year."""
    if last.state in (EnrollmentState.ACTIVE, EnrollmentState.PAUSED) or last.ended_at is None:
        return False
    return last.reason in RESTARTABLE or now - last.ended_at >= REENTRY_AFTER


def _facts(conn: Connection, clinic_id: int, lead_id: int, appointment_id: int | None) -> Facts:
    lead = leads.get(conn, lead_id)
    clinic = clinics.get(conn, clinic_id)
    facts = Facts(zone=lead.zone, clinic_zone=clinic.zone, interest=lead.interest, minor=lead.minor)
    if appointment_id is not None:
        facts.anchors["appointment"] = appointments.get(conn, appointment_id).starts_at
    return facts


def _add(
    conn: Connection,
    row: CampaignRow,
    definition: Definition,
    facts: Facts,
    lead_id: int,
    appointment_id: int | None,
    entry_key: str,
    now: int,
) -> int:
    enrollment_id = enrollment_moves.add(
        conn,
        clinic_id=row.clinic_id,
        lead_id=lead_id,
        campaign_id=row.id,
        version_id=row.version_id,
        entry_key=entry_key,
        appointment_id=appointment_id,
        place=enter(definition, facts, now),
        now=now,
        guard="campaign-paused" if row.state == PAUSED else None,
    )
    events.add(
        conn,
        clinic_id=row.clinic_id,
        lead_id=lead_id,
        at=now,
        kind="entered",
        enrollment_id=enrollment_id,
        appointment_id=appointment_id,
        data={"campaign": row.key},
    )
    return enrollment_id
