"""A week of visits as the desk shows it: each with its person, and who treats in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.appointment import AppointmentState
from service.storage.practitioners import PractitionerRow
from service.storage.tables import appointment, lead, practitioner


@dataclass(frozen=True, slots=True)
class VisitLine:
    """`sequence` counts the moves; `ended_by` is patient or clinic."""

    id: int
    lead_id: int
    practitioner_id: int
    starts_at: int
    ends_at: int
    state: str
    sequence: int
    ended_by: str | None
    first_name: str | None
    last_name: str | None
    email: str | None

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.email or "Nobody named"


_LINE: tuple[sa.Column[Any], ...] = (
    appointment.c.id, appointment.c.lead_id, appointment.c.practitioner_id, appointment.c.starts_at,
    appointment.c.ends_at, appointment.c.state, appointment.c.sequence, appointment.c.ended_by,
    lead.c.first_name, lead.c.last_name, lead.c.email,
)  # fmt: skip


def visits(conn: Connection, clinic_id: int, since: int, until: int) -> list[VisitLine]:
    """Those that start from `since` up to `until`, of every state, in order."""
    query = (
        sa.select(*_LINE)
        .join(lead, lead.c.id == appointment.c.lead_id)
        .where(appointment.c.clinic_id == clinic_id, appointment.c.starts_at >= since, appointment.c.starts_at < until)
        .order_by(appointment.c.starts_at, appointment.c.id)
    )
    return [VisitLine(*row) for row in conn.execute(query)]


def staff(conn: Connection, clinic_id: int, since: int, until: int) -> list[PractitionerRow]:
    """Those who see patients, and those who left but have a visit in this time; who signs first."""
    busy = sa.exists().where(
        appointment.c.practitioner_id == practitioner.c.id,
        appointment.c.clinic_id == clinic_id,
        appointment.c.starts_at >= since,
        appointment.c.starts_at < until,
    )
    query = (
        sa.select(*(practitioner.c[name] for name in PractitionerRow.__dataclass_fields__))
        .where(practitioner.c.clinic_id == clinic_id, practitioner.c.active | busy)
        .order_by(practitioner.c.active.desc(), practitioner.c.signs.desc(), practitioner.c.id)
    )
    return [PractitionerRow(*row) for row in conn.execute(query)]


def standing(
    conn: Connection, clinic_id: int, since: int, until: int | None = None, practitioner_id: int | None = None
) -> int:
    """How many booked visits touch the time from `since` on; one practitioner's alone where it is given."""
    query = sa.select(sa.func.count()).where(
        appointment.c.clinic_id == clinic_id,
        appointment.c.state == AppointmentState.BOOKED.value,
        appointment.c.ends_at > since,
    )
    if until is not None:
        query = query.where(appointment.c.starts_at < until)
    if practitioner_id is not None:
        query = query.where(appointment.c.practitioner_id == practitioner_id)
    return conn.execute(query).scalar_one()
