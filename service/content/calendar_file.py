"""A visit as a calendar file, so that a phone keeps one entry through every move and the cancellation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from service.domain.language import FIRST
from service.domain.mail import Calendar

if TYPE_CHECKING:
    from icalendar import vCalAddress

Method = Literal["REQUEST", "CANCEL"]
_SUMMARY = {"en": "Appointment at {}", "es": "Cita en {}"}


def invite(
    *,
    method: Method,
    uid: str,
    sequence: int,
    starts: int,
    ends: int,
    now: int,
    clinic_name: str,
    clinic_address: str,
    from_email: str,
    to_email: str,
    url: str = "",
    language: str = FIRST,
) -> Calendar:
    """The text/calendar part. `starts`, `ends` and `now` are epoch seconds; `uid` stays the same for one visit, and
    `sequence` grows with each change of it. No reason for the visit is written anywhere. `url` opens the visit;
    `language` is the patient's."""
    from icalendar import Calendar as Ics  # noqa: PLC0415 - eighty modules, which a start need not wait for
    from icalendar import Event  # noqa: PLC0415

    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", _utc(now))
    event.add("dtstart", _utc(starts))
    event.add("dtend", _utc(ends))
    event.add("summary", _SUMMARY[language].format(clinic_name))
    event.add("location", clinic_address)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("transp", "OPAQUE")
    event["organizer"] = _person(from_email, CN=clinic_name)
    event.add("attendee", _person(to_email, RSVP="FALSE", PARTSTAT="ACCEPTED", ROLE="REQ-PARTICIPANT"), encode=False)
    if url:
        event.add("url", url)
    calendar = Ics()
    calendar.add("prodid", "-//Meridian//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    return Calendar(method, calendar.to_ical().decode())


def _utc(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)


def _person(email: str, **parameters: str) -> vCalAddress:
    from icalendar import vCalAddress, vText  # noqa: PLC0415

    address = vCalAddress(f"mailto:{email}")
    for name, value in parameters.items():
        address.params[name] = vText(value)
    return address
