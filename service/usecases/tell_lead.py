"""A lead for a program: who, where they stand, what they agreed to, what happened. Their own words are not in it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection

from service.domain.timing import iso
from service.storage import appointments, lead_list, mark_names
from service.storage.leads import LeadRow
from service.usecases.check_receipts import Line, show_receipts
from service.usecases.kit import Kit
from service.usecases.tell_visits import visit_told
from service.usecases.why import why


def tell_lead(kit: Kit, conn: Connection, lead: LeadRow, now: int) -> dict[str, Any]:
    """{id, email, first_name, last_name, phone, language, timezone, interest, stage, consent, …, tags, fields,
    consents: [{kind, at, version, receipt, seal, unchanged}], appointments, next: [{campaign, step, at}], timeline:
    [{at, kind, what, named, because}]}, instants in ISO 8601, the timeline newest first."""
    story = why(kit, conn, lead, now)
    marks = mark_names.around(conn, lead.clinic_id, lead.id)
    return {
        "id": lead.id,
        "email": lead.email,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "phone": lead.phone,
        "language": lead.locale,
        "timezone": lead.zone,
        "interest": lead.interest,
        "signed_up_at": iso(lead.created_at),
        "stage": lead_list.standing(conn, lead.id)[0],
        "consent": lead.consent,
        "consent_at": _iso(lead.consent_at),
        "confirmed_at": _iso(lead.confirmed_at),
        "paused_until": _iso(lead.paused_until),
        "minor": lead.minor,
        "urgent": lead.urgent,
        "tags": sorted(marks.tags),
        "fields": dict(marks.fields),
        "consents": [_consent(line) for line in show_receipts(conn, lead)],
        "appointments": [visit_told(visit) for visit in appointments.of_lead(conn, lead.id)],
        "next": [{"campaign": each.key, "step": each.step, "at": _iso(each.at)} for each in story.next],
        "timeline": [
            {"at": iso(line.at), "kind": line.kind, "what": line.what, "named": line.named, "because": line.because}
            for line in story.lines
        ],
    }


def _consent(line: Line) -> dict[str, Any]:
    return {
        "kind": line.row.kind,
        "at": iso(line.row.at),
        "version": line.row.version,
        "receipt": line.number,
        "seal": line.seal,
        "unchanged": line.holds,
    }


def _iso(at: int | None) -> str | None:
    return None if at is None else iso(at)
