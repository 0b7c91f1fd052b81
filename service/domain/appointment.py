"""An appointment: a lead's visit with a practitioner, and what may still be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from service.domain.timing import MINUTE, QUARTER, Delay, later


class AppointmentState(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"
    ATTENDED = "attended"
    NO_SHOW = "no-show"


@dataclass(frozen=True, slots=True)
class Appointment:
    """`sequence` counts the moves; `uid` names it in calendars and never changes; `ended_by` is patient or clinic."""

    id: int
    clinic_id: int
    lead_id: int
    practitioner_id: int
    visit_type_id: int
    starts_at: int
    ends_at: int
    state: AppointmentState
    sequence: int
    uid: str
    booked_at: int
    moved_at: int | None = None
    ended_at: int | None = None
    ended_by: str | None = None
    message_id: int | None = None

    @property
    def entry_key(self) -> str:
        """Keys the visit's own mails: a move starts them anew."""
        return f"appointment:{self.id}:{self.sequence}"

    def stands(self, now: int) -> bool:
        """True while it is booked and still to come."""
        return self.state is AppointmentState.BOOKED and self.starts_at > now


def quarters(starts_at: int, ends_at: int, buffer_minutes: int = 0) -> range:
    """The quarters of an hour (epoch seconds / 900) that a visit and the buffer after it take."""
    return range(starts_at // QUARTER, -(-(ends_at + buffer_minutes * MINUTE) // QUARTER))


def change_until(starts_at: int, zone: str) -> int:
    """Until when a patient moves or cancels by link: the day before at the same wall time. After that, by phone."""
    return later(starts_at, Delay(days=1), zone, -1)


def may_change(appointment: Appointment, zone: str, now: int) -> bool:
    return appointment.stands(now) and now < change_until(appointment.starts_at, zone)
