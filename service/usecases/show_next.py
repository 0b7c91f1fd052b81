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
from service.usecases.foresee import foresee
from service.usecases.kit import Kit
from service.usecases.paths import load_paths
from service.usecases.why_then import Ahead

SHOWN, LOOKED_AT = 20, 60
HOLDS = ("capped", "no-capacity", "pace", "paused", "outside-window", "brake", "visit-unmarked")


@dataclass(frozen=True, slots=True)
class NextMail:
    """A mail that leaves `at` if all stays as it is; `zone` is the reader's."""

    lead_id: int
    name: str
    title: str
    at: int
    zone: str
    why: str


def show_next(kit: Kit, conn: Connection, clinic: ClinicRow, campaign_id: int, now: int, many: bool) -> list[NextMail]:
    """At most SHOWN mails, soonest first. A dozen statements, however many wait. `many`: very many do."""
    due = campaign_numbers.next_due(conn, clinic.id, campaign_id, LOOKED_AT, many)
    if not due:
        return []
    names = {row.id: row.name for row in due}
    going = enrollments.going_of(conn, {row.lead_id for row in due})
    ready, loaded = load_paths(kit, conn, sorted(going, key=lambda row: row.id not in names), now)
    phrases = loaded.closed[clinic.id].phrases
    found = []
    for lead in ready:
        ahead = foresee(lead.path, now, phrases, 1)
        for row, walker in zip(lead.rows, lead.path.walkers, strict=True):
            if row.id in names and ahead[row.id]:
                mail = ahead[row.id][0]
                why = _why(walker.definition, row, mail, loaded.facts[row.id], clinic)
                found.append(NextMail(row.lead_id, names[row.id], words.title(mail.title), mail.at, row.zone, why))
    found.sort(key=lambda mail: (mail.at, mail.lead_id))
    return found[:SHOWN]


def _why(definition: Definition, row: DueRow, ahead: Ahead, facts: Facts, clinic: ClinicRow) -> str:
    because = _wait(definition.steps[row.step], row, facts, clinic)
    if row.guard in HOLDS:
        because = f"{because}; then held: {words.GUARDS[row.guard]}"
    return f"{because}; {ahead.why}" if ahead.why else because


def _wait(step: Step, row: DueRow, facts: Facts, clinic: ClinicRow) -> str:
    """What the run waits for by itself."""
    began = f"{words.day(row.since, row.zone)} {words.clock(row.since, row.zone)}"
    if isinstance(step, BranchStep):
        ends = later(later(row.since, step.delay, row.zone), step.within, row.zone)
        asked = " or ".join(f"“{arm.label}”" for arm in step.arms)
        return f"waits for {asked} until {words.day(ends, row.zone)} {words.clock(ends, row.zone)}"
    if not isinstance(step, MailStep | WaitStep):
        return f"follows on {began}"
    if step.anchor is not None:
        at = facts.anchors.get(step.anchor.what)
        about = words.anchor(step.anchor)
        return about if at is None else f"{about} on {words.day(at, clinic.zone)} {words.clock(at, clinic.zone)}"
    if step.delay.none:
        return "at once" if isinstance(step, MailStep) and step.at_once else f"follows on {began}"
    return f"{words.delay(step.delay)} after {began}"
