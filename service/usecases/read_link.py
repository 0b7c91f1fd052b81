"""Whose link is it? A token leads to a lead, and to the mail or the visit it stood in."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.appointment import Appointment
from service.storage import appointments, clinics, leads, messages
from service.storage.clinics import ClinicRow
from service.storage.leads import LeadRow
from service.storage.messages import MessageRow
from service.storage.tables import enrollment
from service.usecases.kit import Kit

Reading = Connection  # what a view holds open while it reads


@dataclass(frozen=True, slots=True)
class Owner:
    """`appointment`: the visit that the link's mail was about, else the next one, else the last."""

    token: str
    clinic: ClinicRow
    lead: LeadRow
    message: MessageRow | None
    appointment: Appointment | None

    @property
    def message_id(self) -> int | None:
        return None if self.message is None else self.message.id


def read_link(conn: Connection, kit: Kit, token: str, now: int) -> Owner | None:
    """None for a token that is forged, foreign, or leads nowhere any more."""
    named = kit.links.read(token)
    if named is None:
        return None
    kind, row_id = named
    match kind:
        case "message":
            message = messages.get(conn, row_id)
            if message is None:
                return None
            return _owner(conn, now, token, message.lead_id, message=message, visit=_about(conn, message))
        case "appointment":
            visit = appointments.find(conn, row_id)
            return None if visit is None else _owner(conn, now, token, visit.lead_id, visit=visit)
        case "lead":
            return _owner(conn, now, token, row_id)
    return None


def _owner(
    conn: Connection,
    now: int,
    token: str,
    lead_id: int,
    *,
    message: MessageRow | None = None,
    visit: Appointment | None = None,
) -> Owner | None:
    lead = leads.find(conn, lead_id)
    if lead is None:
        return None
    visit = visit or appointments.next_of_lead(conn, lead.id, now) or appointments.latest(conn, lead.id)
    return Owner(token, clinics.get(conn, lead.clinic_id), lead, message, visit)


def _about(conn: Connection, message: MessageRow) -> Appointment | None:
    query = sa.select(enrollment.c.appointment_id).where(enrollment.c.id == message.enrollment_id)
    appointment_id = conn.execute(query).scalar()
    return None if appointment_id is None else appointments.find(conn, appointment_id)
