"""Cancelling a visit: its time is free again, its mails stop, and one says that it is cancelled."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.appointment import Appointment, AppointmentState, may_change
from service.storage import appointments, clinics, events
from service.usecases.enroll import enter_by
from service.usecases.kit import Kit
from service.usecases.leave import leave_keyed
from service.usecases.move_visit import NotStanding, TooLate


@dataclass(frozen=True, slots=True)
class Cancelled:
    """`again`: it had been cancelled before, nothing was changed."""

    appointment: Appointment
    again: bool = False


def cancel_visit(kit: Kit, appointment_id: int, *, by: str = "patient") -> Cancelled | TooLate | NotStanding:
    """`by` patient or clinic. A patient cancels by link until a day before, the clinic until it begins."""
    now = kit.clock()
    with kit.db.write() as conn:
        visit = appointments.locked(conn, appointment_id)
        if visit is not None and visit.state is AppointmentState.CANCELLED:
            return Cancelled(visit, again=True)
        if visit is None or not visit.stands(now):
            return NotStanding()
        if by == "patient" and not may_change(visit, clinics.get(conn, visit.clinic_id).zone, now):
            return TooLate(visit)
        appointments.free(conn, visit.id)
        ended = appointments.end(conn, visit.id, AppointmentState.CANCELLED, by, now)
        leave_keyed(conn, visit.id, "cancelled", now)
        events.add(
            conn,
            clinic_id=visit.clinic_id,
            lead_id=visit.lead_id,
            at=now,
            kind="cancelled",
            appointment_id=visit.id,
            data={"by": by, "starts_at": visit.starts_at},
        )
        enter_by(
            conn,
            kit,
            visit.clinic_id,
            visit.lead_id,
            "cancelled",
            now,
            appointment_id=visit.id,
            entry_key=ended.entry_key,
        )
        return Cancelled(ended)
