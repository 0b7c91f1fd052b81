"""The list of leads as a file for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain import words
from service.domain.table_text import csv_text
from service.domain.timing import iso
from service.storage import audits, lead_export
from service.storage.clinics import ClinicRow
from service.storage.lead_export import Exported
from service.storage.lead_list import After, Wanted
from service.usecases.kit import Kit

CONSENT = {"given": "agreed", "withdrawn": "withdrawn", "pending": "asked to confirm", "none": "never asked"}
HEADS = (
    *("First name", "Last name", "Email", "Phone", "Stage", "Source", "Signed up (UTC)"),
    *("Consent to mails", "Since (UTC)", "Language", "Time zone"),
)


def export_leads(
    kit: Kit, clinic: ClinicRow, user_id: int, wanted: Wanted, *, answers: bool, at_once: int = lead_export.AT_ONCE
) -> Iterator[str]:
    """CSV, a part at a time; each part is a read of its own, so that a large clinic's file holds nobody up. `answers`:
    with what each asked for. Who took it is recorded before the first name leaves."""
    now = kit.clock()
    with kit.db.write() as conn:
        audits.record(conn, clinic.id, user_id, now, "leads exported", "leads", {"answers": answers})
    return _parts(kit, clinic, wanted, now, answers, at_once)


def _parts(kit: Kit, clinic: ClinicRow, wanted: Wanted, now: int, answers: bool, at_once: int) -> Iterator[str]:
    yield csv_text([*HEADS, *(["Asked for"] if answers else [])], [])
    after: After | None = None
    while True:
        with kit.db.read() as conn:
            found = lead_export.some(conn, clinic.id, wanted, now, after, at_once)
        yield csv_text(None, [_line(each, answers) for each in found])
        if len(found) < at_once:
            return
        after = found[-1].created_at, found[-1].id


def _line(each: Exported, answers: bool) -> list[object]:
    line: list[object] = [
        *(each.first_name or "", each.last_name or "", each.email or "", each.phone or ""),
        *(words.STAGES[each.stage], each.source or "by hand", iso(each.created_at)),
        CONSENT.get(each.consent, each.consent),
        iso(each.consent_at) if each.consent_at is not None else "",
        *(each.locale, each.zone),
    ]
    return [*line, words.INTERESTS.get(each.interest or "", "")] if answers else line
