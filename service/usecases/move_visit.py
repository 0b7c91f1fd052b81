"""Moving a visit to another open slot: the same appointment, one higher in its sequence."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.domain.appointment import Appointment, may_change, quarters
from service.domain.slots import Slot
from service.storage import appointments, clinics, events, practitioners
from service.storage.appointments import SlotTaken
from service.usecases.book_visit import Gone, choose, start_mails
from service.usecases.kit import Kit
from service.usecases.leave import leave_keyed
from service.usecases.open_slots import diary


@dataclass(frozen=True, slots=True)
class Moved:
    appointment: Appointment


@dataclass(frozen=True, slots=True)
class TooLate:
    """Less than a day ahead: a patient calls instead."""

    appointment: Appointment


@dataclass(frozen=True, slots=True)
class NotStanding:
    """Cancelled, over, or unknown."""


def move_visit(
    kit: Kit, appointment_id: int, start: int, *, practitioner_id: int | None = None, by: str = "patient"
) -> Moved | Gone | TooLate | NotStanding:
    """Moves it to the open slot at `start`. `by` patient or clinic: the clinic may at any time before it begins.
    Moving it to where it stands changes nothing."""
    now = kit.clock()
    try:
        with kit.db.write() as conn:
            standing = appointments.find(conn, appointment_id)
            if standing is None:
                return NotStanding()
            practitioners.hold_diaries(conn, standing.clinic_id)
            standing = appointments.locked(conn, appointment_id)
            if standing is None or not standing.stands(now):
                return NotStanding()
            if standing.starts_at == start and practitioner_id in {None, standing.practitioner_id}:
                return Moved(standing)
            clinic = clinics.get(conn, standing.clinic_id)
            if by == "patient" and not may_change(standing, clinic.zone, now):
                return TooLate(standing)
            slot = choose(diary(conn, clinic, now, but=standing.id), start, practitioner_id, now)
            if slot is None:
                return Gone(start)
            moved = _put(conn, standing, slot, now)
            leave_keyed(conn, moved.id, "moved", now)
            start_mails(conn, kit, moved, now)
            return Moved(moved)
    except SlotTaken:
        return Gone(start)


def _put(conn: Connection, old: Appointment, slot: Slot, now: int) -> Appointment:
    buffer_minutes = practitioners.visit_type_of(conn, old.visit_type_id).buffer_minutes
    appointments.free(conn, old.id)
    appointments.take(conn, slot.practitioner_id, old.id, quarters(slot.starts_at, slot.ends_at, buffer_minutes))
    moved = appointments.move(
        conn,
        old.id,
        practitioner_id=slot.practitioner_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        now=now,
    )
    events.add(
        conn,
        clinic_id=old.clinic_id,
        lead_id=old.lead_id,
        at=now,
        kind="moved",
        appointment_id=old.id,
        data={"from": old.starts_at, "to": moved.starts_at},
    )
    return moved
