"""What is in doubt: since when, why, what happens by itself and when. The desk and the command line tell the same."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.domain import words
from service.domain.campaign import MailStep
from service.storage import clinics, held_list, messages
from service.storage.clinics import ClinicRow
from service.storage.held_list import HeldLine
from service.storage.messages import MessageRow
from service.usecases.kit import Kit
from service.usecases.settle import HEARD_WITHIN, allowed_at

PERSON = "Nothing settles it by itself any more; it waits for a person."


@dataclass(frozen=True, slots=True)
class Doubt:
    """`then`: what happens by itself, `at` that instant (None: at no set one, or never). `person`: it waits for one."""

    line: HeldLine
    clinic: ClinicRow
    ref: str
    title: str
    since: int
    why: str
    then: str
    at: int | None
    person: bool


def show_doubts(kit: Kit, conn: Connection, clinic_id: int | None, now: int) -> list[Doubt]:
    """Longest first, at most `held_list.MOST`; of every clinic where none is named."""
    rows = held_list.doubts(conn, clinic_id)
    if not rows:
        return []
    houses = clinics.everyone(conn)
    versions = kit.library.versions(conn, {row.version_id for _, row in rows})
    heard = {
        name: messages.events_seen_since(conn, name, now - HEARD_WITHIN) for name in {row.provider for _, row in rows}
    }
    found = []
    for line, row in rows:
        step = versions[row.version_id].definition.steps.get(row.step)
        title = words.title(step.title) if isinstance(step, MailStep) else row.step
        clinic = houses[row.clinic_id]
        then, at, person = what_then(row, clinic, heard[row.provider], now)
        why = row.reason or "the provider’s answer was lost"
        found.append(Doubt(line, clinic, row.ref, title, row.created_at, why, then, at, person))
    return found


def what_then(row: MessageRow, clinic: ClinicRow, heard: bool, now: int) -> tuple[str, int | None, bool]:
    """(words, instant, whether only a person can settle it)"""
    if row.provider == "outbox":
        return "The outbox knows by itself; the next pass settles it.", None, False
    reports = "SendGrid’s events settle it if they come. " if row.provider == "sendgrid" else ""
    if row.provider not in ("smtp", "sendgrid"):
        return PERSON, None, True
    if row.tries > 1:
        return f"{reports}It went once more already, and never goes a third time. {PERSON}", None, True
    if not clinic.resend_in_doubt:
        return f"{reports}The clinic sends nothing again that is in doubt. {PERSON}", None, True
    at = allowed_at(row)
    if row.useful_until is not None and max(now, at) >= row.useful_until:
        return f"{reports}It is of no use any more by the time it could go again. {PERSON}", None, True
    if row.provider == "smtp":
        return "It goes once more under the same Message-ID; mail programs drop the twin.", at, False
    if not heard:
        return f"No event of SendGrid has come for a day, so nothing is sent again. {PERSON}", None, True
    return "SendGrid’s events or its log settle it. If neither knows, it goes once more.", at, False


def as_json(doubt: Doubt, said: str, again_at: str | None) -> dict[str, object]:
    """Without a name or an address: it may be logged."""
    return {
        "ref": doubt.ref,
        "clinic": doubt.clinic.slug,
        "lead": str(doubt.line.lead_id),
        "campaign": doubt.line.campaign,
        "step": doubt.line.step,
        "since": said,
        "why": doubt.why,
        "then": doubt.then,
        "again_at": again_at,
        "waits_for_a_person": doubt.person,
    }
