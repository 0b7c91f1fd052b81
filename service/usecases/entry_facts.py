"""What is known of leads who are about to enter a campaign: enough to ask its entry's conditions and to place them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.engine import Connection

from service.domain.campaign import Definition
from service.domain.conditions import leaves
from service.domain.enrollment import Facts
from service.storage import appointments
from service.storage.clinics import ClinicRow
from service.storage.leads import LeadRow
from service.usecases.closures import load_closed
from service.usecases.knowledge import date_anchors, load_knowledge


def entry_facts(
    conn: Connection,
    clinic: ClinicRow,
    found: Collection[LeadRow],
    definition: Definition,
    appointment_id: int | None,
    now: int,
) -> dict[int, Facts]:
    """By lead, in a handful of queries however many there are."""
    closed = load_closed(conn, [clinic], now)[clinic.id].days
    known = load_knowledge(conn, {lead.id: lead.clinic_id for lead in found}, _asks(definition), now)
    anchors = {} if appointment_id is None else {"appointment": appointments.get(conn, appointment_id).starts_at}
    facts = {}
    for lead in found:
        about = known[lead.id]
        facts[lead.id] = Facts(
            zone=lead.zone,
            clinic_zone=clinic.zone,
            interest=lead.interest,
            confirmed=lead.confirmed_at is not None,
            minor=lead.minor,
            urgent=lead.urgent,
            now=now,
            lead_id=lead.id,
            closed=closed,
            quiet=clinic.quiet,
            fields=about.fields,
            tags=about.tags,
            score=about.score,
            events=about.events,
            clicked=frozenset(link for kind, link, _at in about.events if kind == "clicked" and link),
            answered=frozenset(link for kind, link, _at in about.events if kind == "answered" and link),
            anchors=anchors | date_anchors(definition, about.fields, lead.zone),
        )
    return facts


def _asks(definition: Definition) -> frozenset[type]:
    entry = definition.entry
    more = [each for each in (entry.only, entry.never) if each is not None]
    return definition.asks | {type(leaf) for each in more for leaf in leaves(each)}
