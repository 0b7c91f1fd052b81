"""The front desk notes who came."""

from __future__ import annotations

from typing import Literal

from sqlalchemy.engine import Connection

from service.domain.appointment import Appointment, AppointmentState
from service.domain.entry import Entered
from service.storage import appointments, enrollment_moves, events
from service.usecases.enroll import enter_by
from service.usecases.kit import Kit
from service.usecases.leave import leave_keyed, reach_goal

UNMARKED = "visit-unmarked"
Came = Literal[AppointmentState.ATTENDED, AppointmentState.NO_SHOW]


class NotYet(Exception):
    """The visit has not begun, or was cancelled: there is nothing to note."""


def mark_visit(kit: Kit, appointment_id: int, came: Came) -> Appointment:
    """Attended: its mails go on, down to the question how it was. No-show: they stop, and a kind mail offers new
    times. A slip is put right by marking it the other way: what it had ended goes on where it stood. Raises NotYet."""
    now = kit.clock()
    with kit.db.write() as conn:
        visit = appointments.locked(conn, appointment_id)
        if visit is None or visit.state is AppointmentState.CANCELLED or visit.starts_at > now:
            raise NotYet
        if visit.state is came:
            return visit
        marked = appointments.end(conn, visit.id, came, "clinic", now)
        events.add(
            conn,
            clinic_id=visit.clinic_id,
            lead_id=visit.lead_id,
            at=now,
            kind=came.value,
            appointment_id=visit.id,
            data={"starts_at": visit.starts_at},
        )
        if came is AppointmentState.NO_SHOW:
            _missed(conn, kit, visit, now)
        else:
            _came(conn, kit, visit, now)
        return marked


def _missed(conn: Connection, kit: Kit, visit: Appointment, now: int) -> None:
    leave_keyed(conn, visit.id, "no-show", now)
    _take_back(conn, visit, "attended", now)
    _enter(conn, kit, visit, "no-show", now)


def _enter(conn: Connection, kit: Kit, visit: Appointment, on: Entered, now: int) -> None:
    key = visit.entry_key
    enter_by(conn, kit, visit.clinic_id, visit.lead_id, on, now, appointment_id=visit.id, entry_key=key)


def _came(conn: Connection, kit: Kit, visit: Appointment, now: int) -> None:
    """The visit's own mails go on where a slip had ended them, and what waited for this mark waits no more."""
    if visit.state is AppointmentState.NO_SHOW:
        leave_keyed(conn, visit.id, "attended", now)
        _take_back(conn, visit, "no-show", now)
    enrollment_moves.release_guard(conn, visit.lead_id, UNMARKED, now)
    reach_goal(conn, kit, visit.lead_id, "attended", now)
    _enter(conn, kit, visit, "attended", now)


def _take_back(conn: Connection, visit: Appointment, reason: str, now: int) -> None:
    """Sets going again what the mark that was a slip had ended."""
    if visit.ended_at is not None:
        enrollment_moves.take_back(conn, visit.lead_id, reason, visit.ended_at, now, appointment_id=visit.id)
