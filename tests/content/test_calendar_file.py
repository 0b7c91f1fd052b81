"""The calendar file of a visit: one entry on the phone, through every move and the cancellation."""

from __future__ import annotations

import pytest
from icalendar import Calendar as Ics

from service.content.calendar_file import Method, invite
from service.domain.mail import Calendar

STARTS = 1_795_624_200  # 2026-11-25 16:30 UTC


def made(method: Method = "REQUEST", sequence: int = 0, name: str = "Sun Acupuncture") -> Calendar:
    return invite(
        method=method,
        uid="opaque@mail.example",
        sequence=sequence,
        starts=STARTS,
        ends=STARTS + 3_600,
        now=STARTS - 86_400,
        clinic_name=name,
        clinic_address="100 Example Street; Minnetonka, MN 55305",
        from_email="visits@sun.example",
        to_email="alice@mail.example",
        url="https://meridian.example/v/AAAAAAAAAAAAAAAAAAAAAA",
    )


def event(calendar: Calendar) -> dict[str, object]:
    return dict(Ics.from_ical(calendar.ics).walk("VEVENT")[0])


def test_a_booking_asks_for_no_answer() -> None:
    ics = made().ics.replace("\r\n ", "")
    assert "METHOD:REQUEST" in ics
    assert "RSVP=FALSE" in ics
    assert "mailto:alice@mail.example" in ics
    assert "ORGANIZER" in ics
    assert "mailto:visits@sun.example" in ics


def test_a_move_and_a_cancellation_keep_the_entry_and_raise_its_number() -> None:
    booked, moved, cancelled = event(made()), event(made(sequence=1)), event(made("CANCEL", 2))
    assert booked["UID"] == moved["UID"] == cancelled["UID"]
    assert [found["SEQUENCE"] for found in (booked, moved, cancelled)] == [0, 1, 2]
    assert cancelled["STATUS"] == "CANCELLED"
    assert "METHOD:CANCEL" in made("CANCEL", 2).ics
    assert made("CANCEL", 2).method == "CANCEL"


def test_times_are_in_utc() -> None:
    lines = made().ics.split("\r\n")
    assert "DTSTART:20261125T163000Z" in lines
    assert "DTEND:20261125T173000Z" in lines
    assert "DTSTAMP:20261124T163000Z" in lines


@pytest.mark.parametrize("name", ["Sun Acupuncture", "Zoë's Praxis für" + " Akupunktur" * 12, "鍼灸" * 40])
def test_lines_end_and_fold_as_the_format_asks(name: str) -> None:
    ics = made(name=name).ics
    assert "\n" not in ics.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in ics.split("\r\n"))
    assert event(made(name=name))["SUMMARY"] == f"Appointment at {name}"


def test_no_reason_for_the_visit_is_written() -> None:
    assert {"SUMMARY", "LOCATION"} <= set(event(made()))
    assert "DESCRIPTION" not in event(made())
    assert event(made())["SUMMARY"] == "Appointment at Sun Acupuncture"
    assert event(made())["LOCATION"] == "100 Example Street; Minnetonka, MN 55305"
