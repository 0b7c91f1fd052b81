"""The calendar file of a visit, as its page offers it."""

from __future__ import annotations

from service.content.calendar_file import invite
from service.domain.appointment import Appointment, AppointmentState
from service.domain.mail import Calendar
from service.storage.clinics import ClinicRow
from service.usecases.kit import Kit


def calendar_of_visit(kit: Kit, clinic: ClinicRow, visit: Appointment, email: str, language: str = "en") -> Calendar:
    """The same visit as in its mails: one uid, so that a calendar keeps one entry however often it is added."""
    return invite(
        method="CANCEL" if visit.state is AppointmentState.CANCELLED else "REQUEST",
        uid=visit.uid,
        sequence=visit.sequence,
        starts=visit.starts_at,
        ends=visit.ends_at,
        now=kit.clock(),
        clinic_name=clinic.name,
        clinic_address=clinic.address,
        from_email=clinic.from_email,
        to_email=email,
        language=language,
        url=f"{kit.base_url}/v/{kit.links.mint('appointment', visit.id)}",
    )
