"""What a campaign sends next, to whom, when in their own time, and why then. The engine is asked ahead."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.domain import words
from service.domain.campaign import BranchStep, Definition, MailStep, Step, WaitStep
from service.domain.enrollment import Facts
from service.domain.timing import later
from service.storage import campaign_numbers, enrollments
from service.storage.clinics import ClinicRow
from service.storage.enrollments import DueRow
from service.usecases import facts as known
from service.usecases.advance import at as standing
from service.usecases.foresee import Ahead, foresee
from service.usecases.kit import Kit
from service.usecases.show_simulation import outside

SHOWN, LOOKED_AT = 20, 60
HOLDS = ("capped", "no-capacity", "paused", "outside-window", "brake", "visit-unmarked")


@dataclass(frozen=True, slots=True)
class NextMail:
    """A mail that leaves `at` if all stays as it is; `zone` is the reader's."""

    lead_id: int
    name: str
    title: str
    at: int
    zone: str
    why: str


def show_next(kit: Kit, conn: Connection, clinic: ClinicRow, campaign_id: int, now: int) -> list[NextMail]:
    """At most SHOWN mails, soonest first. A dozen statements, however many wait."""
    names = campaign_numbers.next_due(conn, clinic.id, campaign_id, LOOKED_AT)
    if not names:
        return []
    rows = enrollments.with_leads(conn, names)
    versions = kit.library.versions(conn, {row.version_id for row in rows})
    definitions = {key: version.definition for key, version in versions.items()}
    loaded = known.load(conn, rows, definitions, now)
    found = []
    for row in rows:
        definition, facts = definitions[row.version_id], loaded.facts[row.id]
        ahead = next(foresee(definition, standing(row), facts, now), None)
        if ahead is not None:
            why = _why(definition, row, ahead, facts, clinic)
            found.append(NextMail(row.lead_id, names[row.id], words.title(ahead.title), ahead.at, row.zone, why))
    found.sort(key=lambda mail: (mail.at, mail.lead_id))
    return found[:SHOWN]


def _why(definition: Definition, row: DueRow, ahead: Ahead, facts: Facts, clinic: ClinicRow) -> str:
    step = definition.steps[row.step]
    ready, because = _wait(step, row, facts, clinic)
    if row.guard in HOLDS:
        return f"{because}; then held: {words.GUARDS[row.guard]}"
    if isinstance(step, MailStep) and not step.at_once and ahead.at - ready >= 60:
        zone = row.zone if definition.window.zone == "lead" else clinic.zone
        moved = outside(ready, definition.window, zone)
        return f"{because}; {moved}" if moved else because
    return because


def _wait(step: Step, row: DueRow, facts: Facts, clinic: ClinicRow) -> tuple[int, str]:
    """When the wait ends by itself, and what it is."""
    began = f"{words.day(row.since, row.zone)} {words.clock(row.since, row.zone)}"
    if isinstance(step, BranchStep):
        ends = later(later(row.since, step.delay, row.zone), step.within, row.zone)
        asked = " or ".join(f"“{arm.label}”" for arm in step.arms)
        return ends, f"waits for {asked} until {words.day(ends, row.zone)} {words.clock(ends, row.zone)}"
    if not isinstance(step, MailStep | WaitStep):
        return row.since, f"follows on {began}"
    if step.anchor is not None:
        visit = facts.anchors.get("appointment", row.due_at)
        hour = later(visit, step.anchor.delay, row.zone, -1 if step.anchor.before else 1)
        return hour, f"{words.anchor(step.anchor)} on {words.day(visit, clinic.zone)} {words.clock(visit, clinic.zone)}"
    if step.delay.none:
        return row.since, "at once" if isinstance(step, MailStep) and step.at_once else f"follows on {began}"
    return later(row.since, step.delay, row.zone), f"{words.delay(step.delay)} after {began}"
