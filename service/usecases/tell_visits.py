"""Visits for a program."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection

from service.domain.appointment import Appointment
from service.domain.timing import iso
from service.storage import appointments


def tell_visits(conn: Connection, clinic_id: int, since: int, until: int) -> list[dict[str, Any]]:
    """A clinic's visits that begin from `since` up to `until`, of every state, by their start."""
    return [visit_told(visit) for visit in appointments.between(conn, clinic_id, since, until)]


def visit_told(visit: Appointment) -> dict[str, Any]:
    """{id, lead, practitioner, visit_type, starts_at, ends_at, state, moved, booked_at}, instants in ISO 8601."""
    return {
        "id": visit.id,
        "lead": visit.lead_id,
        "practitioner": visit.practitioner_id,
        "visit_type": visit.visit_type_id,
        "starts_at": iso(visit.starts_at),
        "ends_at": iso(visit.ends_at),
        "state": visit.state.value,
        "moved": visit.sequence,
        "booked_at": iso(visit.booked_at),
    }
