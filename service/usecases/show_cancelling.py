"""What a cancellation at the desk will do, told before it is done: which mail goes out, or why none can."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.domain import words
from service.domain.appointment import Appointment
from service.domain.campaign import MailStep
from service.storage import campaigns, leads, suppressions
from service.storage.clinics import ClinicRow
from service.storage.leads import LeadRow
from service.usecases.kit import Kit
from service.usecases.loaded import UNDELIVERABLE


@dataclass(frozen=True, slots=True)
class Cancelling:
    """`unreachable`: why no mail can tell this person, empty when one can. `subject`: the mail's; empty where no
    campaign tells of a cancellation. `waits`: why it does not leave at once."""

    lead: LeadRow
    unreachable: str
    subject: str
    waits: str

    @property
    def name(self) -> str:
        parts = (self.lead.first_name, self.lead.last_name)
        return " ".join(part for part in parts if part) or self.lead.email or self.lead.phone or "somebody"


def show_cancelling(kit: Kit, clinic: ClinicRow, visit: Appointment) -> Cancelling:
    with kit.db.read() as conn:
        who = leads.get(conn, visit.lead_id)
        subject, paused = _notice(kit, conn, clinic)
        waits = "all mail is stopped" if clinic.stopped_at is not None else "its campaign is paused" if paused else ""
        return Cancelling(who, _unreachable(conn, clinic, who), subject, waits)


def _unreachable(conn: Connection, clinic: ClinicRow, who: LeadRow) -> str:
    if who.email_key is None:
        return words.REASONS["no-address"]
    stops = suppressions.standing(conn, clinic.id, who.email_key)
    return next((words.REASONS.get(row.reason, row.reason) for row in stops if row.reason in UNDELIVERABLE), "")


def _notice(kit: Kit, conn: Connection, clinic: ClinicRow) -> tuple[str, bool]:
    """The subject of the first mail after a cancellation, and whether its campaign is paused."""
    for row in campaigns.entered_by(conn, clinic.id, "cancelled"):
        definition = kit.library.version(conn, row.version_id).definition
        first = definition.steps.get(definition.first)
        if isinstance(first, MailStep):
            return words.title(first.title), row.state == campaigns.PAUSED
    return "", False
