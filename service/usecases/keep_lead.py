"""The lead of a sign-up: found by its address, else by its phone, or made; what the post adds is added."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.domain.lead import Particulars, additions, another_name, apart, differences, full_name, zone_for
from service.domain.signup import SignUp
from service.sources.phones import read_phone
from service.storage import answers, clinics, events, leads
from service.storage.leads import LeadRow
from service.storage.sources import SourceRow


@dataclass(frozen=True, slots=True)
class Kept:
    """`other`: the name of somebody else who signed up with this lead's address; None for the lead's own."""

    lead: LeadRow
    other: str | None = None


def keep_lead(conn: Connection, source: SourceRow, signup: SignUp, page: str | None, at: int, now: int) -> Kept:
    """Works inside the caller's transaction and holds the lead. One address is one lead, and so is one phone where
    nothing else was given. A second name at an address adds to nothing of the first: it stands beside it."""
    person = _particulars(conn, source, signup, page)
    found = None if signup.address else leads.lock_by_phone(conn, source.clinic_id, person.phone or "")
    if found is None:
        lead_id = _add(conn, source, signup, person, at)
        if lead_id is not None:
            lead = leads.get(conn, lead_id)
            answers.add(conn, lead.clinic_id, lead.id, signup.answers, at)
            return Kept(lead)
        found = _standing(conn, source.clinic_id, signup, person)
    other = another_name(found, person)
    if other is not None:
        return Kept(_beside(conn, found, other, person, signup, at, now), other)
    answers.add(conn, found.clinic_id, found.id, [*differences(found, person), *signup.answers], at)
    changes = additions(found, person)
    if changes:
        leads.change(conn, found.id, changes, now)
    return Kept(leads.get(conn, found.id))


def _add(conn: Connection, source: SourceRow, signup: SignUp, person: Particulars, at: int) -> int | None:
    return leads.add(
        conn,
        clinic_id=source.clinic_id,
        source_id=source.id,
        email=signup.address.email if signup.address else None,
        email_key=signup.address.key if signup.address else None,
        first_name=person.first_name,
        last_name=person.last_name,
        phone=person.phone,
        zone=person.zone.name,
        zone_from=person.zone.known_from.value,
        locale=person.locale or "en",
        interest=person.interest,
        page=person.page,
        utm=person.utm,
        now=at,
    )


def _standing(conn: Connection, clinic_id: int, signup: SignUp, person: Particulars) -> LeadRow:
    if signup.address is not None:
        return leads.lock_by_email_key(conn, clinic_id, signup.address.key)
    found = leads.lock_by_phone(conn, clinic_id, person.phone or "")
    if found is None:
        raise RuntimeError("a lead was held off by a row that is not there")
    return found


def _beside(
    conn: Connection, lead: LeadRow, other: str, person: Particulars, signup: SignUp, at: int, now: int
) -> LeadRow:
    """Nothing of the first person changes; what the second one wrote is kept under their name."""
    answers.add(conn, lead.clinic_id, lead.id, apart(other, person, signup.answers), at)
    if other.casefold() in {name.casefold() for name in lead.other_names}:
        return lead
    leads.change(conn, lead.id, {"also_named": "\n".join([*lead.other_names, other])}, now)
    first = full_name(lead.first_name, lead.last_name)
    text = f"A second name at this address: {other}, beside {first}. Answers are kept apart."
    data = {"by": "Meridian", "text": text}
    events.add(conn, clinic_id=lead.clinic_id, lead_id=lead.id, at=at, kind="note", data=data)
    return leads.get(conn, lead.id)


def _particulars(conn: Connection, source: SourceRow, signup: SignUp, page: str | None) -> Particulars:
    phone = read_phone(signup.phone)
    clinic_zone = clinics.get(conn, source.clinic_id).zone
    return Particulars(
        first_name=signup.first_name,
        last_name=signup.last_name,
        phone=phone.number if phone else signup.phone,
        interest=signup.interest or source.interest,
        page=page,
        locale=signup.locale,
        zone=zone_for(signup.zone, phone.zone if phone else None, clinic_zone),
        utm=signup.utm,
    )
