"""Booking: a lead takes an open slot. Two people can never have the same one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.domain.appointment import Appointment, quarters
from service.domain.slots import Slot
from service.storage import appointments, clinics, events, leads, practitioners
from service.storage.appointments import SlotTaken
from service.usecases.enroll import enter_by
from service.usecases.kit import Kit
from service.usecases.leave import reach_goal
from service.usecases.open_slots import Diary, diary, slots_at


@dataclass(frozen=True, slots=True)
class Booked:
    appointment: Appointment


@dataclass(frozen=True, slots=True)
class HasVisit:
    """A visit stands already; it can be moved or cancelled. It may be this very one, asked for twice."""

    appointment: Appointment


@dataclass(frozen=True, slots=True)
class Gone:
    """This slot is not open, or not any more."""

    start: int


def book_visit(
    kit: Kit, lead_id: int, start: int, *, practitioner_id: int | None = None, message_id: int | None = None
) -> Booked | HasVisit | Gone:
    """Books the slot that begins at `start`, with the named practitioner or whoever is offered first. Ends the series
    whose goal is a booking and starts the visit's own mails. `message_id`: the mail whose link led here."""
    now = kit.clock()
    try:
        with kit.db.write() as conn:
            lead = leads.lock(conn, lead_id)
            practitioners.hold_diaries(conn, lead.clinic_id)
            standing = appointments.next_of_lead(conn, lead_id, now)
            if standing is not None:
                return HasVisit(standing)
            found = diary(conn, clinics.get(conn, lead.clinic_id), now)
            slot = choose(found, start, practitioner_id, now)
            if found is None or slot is None:
                return Gone(start)
            made = _keep(conn, found, lead_id, slot, now=now, message_id=message_id)
            reach_goal(conn, kit, lead_id, "booked", now)
            start_mails(conn, kit, made, now)
            return Booked(made)
    except SlotTaken:
        return Gone(start)


def choose(found: Diary | None, start: int, practitioner_id: int | None, now: int) -> Slot | None:
    """The open slot at `start`, with this practitioner or the first that is free."""
    if found is None:
        return None
    listed = slots_at(found, start, now)
    return next((slot for slot in listed if practitioner_id in (None, slot.practitioner_id)), None)


def start_mails(conn: Connection, kit: Kit, visit: Appointment, now: int) -> None:
    """Enters the visit's own mails under its key: confirmation, how to prepare, reminder, how it was."""
    enter_by(
        conn,
        kit,
        visit.clinic_id,
        visit.lead_id,
        "booked",
        now,
        appointment_id=visit.id,
        entry_key=visit.entry_key,
    )


def _keep(conn: Connection, found: Diary, lead_id: int, slot: Slot, *, now: int, message_id: int | None) -> Appointment:
    made = appointments.add(
        conn,
        clinic_id=found.clinic.id,
        lead_id=lead_id,
        practitioner_id=slot.practitioner_id,
        visit_type_id=found.visit_type.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        now=now,
        message_id=message_id,
    )
    held = quarters(slot.starts_at, slot.ends_at, found.visit_type.buffer_minutes)
    appointments.take(conn, slot.practitioner_id, made.id, held)
    events.add(
        conn,
        clinic_id=made.clinic_id,
        lead_id=lead_id,
        at=now,
        kind="booked",
        message_id=message_id,
        appointment_id=made.id,
        data={"starts_at": made.starts_at},
    )
    return made
