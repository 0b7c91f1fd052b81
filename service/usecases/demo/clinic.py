"""The demo's clinic as it is set up before its first sign-up: people, hours, sources, campaigns, owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.engine import Connection

from service.domain.timing import day_start, local, to_utc
from service.storage import clinics, practitioners
from service.storage.clinics import ClinicRow
from service.storage.sources import SourceRow
from service.usecases.add_source import add_source
from service.usecases.change_scoring import add_default_rules
from service.usecases.publish_campaign import import_shipped

ZONE = "America/Chicago"
STANDARD_KEY, STANDARD_SECRET = "demo-standard", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TYPEFORM_KEY, TYPEFORM_SECRET = "demo-typeform", "test-secret-not-real"
WEEKDAYS, SATURDAY = range(5), 5
THURSDAY, NOVEMBER = 3, 11

CLINIC: dict[str, object] = {
    "slug": "sun-acupuncture",
    "name": "Sun Acupuncture",
    "address": "100 Example Street, Minnetonka, MN 55305",
    "city": "Minnetonka",
    "phone": "(952) 555-0100",
    "website": "https://sun.example",
    "zone": ZONE,
    "from_name": "Sun Acupuncture",
    "from_email": "hello@sun.example",
    "reply_to": "hello@sun.example",
    "cap_day": 1,
    "cap_week": 4,
}

# Who works when: weekdays, and hours of the clinic's wall clock.
STAFF: tuple[tuple[str, str, tuple[tuple[range | tuple[int, ...], int, int], ...]], ...] = (
    ("Hannah Lindqvist", "Licensed acupuncturist", ((WEEKDAYS, 9, 13), (WEEKDAYS, 14, 17))),
    ("Lena Moser", "Licensed acupuncturist", (((0, 2, 4), 8, 12), ((1, 3), 12, 19))),
    ("Joel Park", "Licensed acupuncturist", (((1, 3), 9, 12), ((SATURDAY,), 9, 13))),
)


@dataclass(frozen=True, slots=True)
class House:
    """The demo's clinic with its three doors for sign-ups."""

    clinic: ClinicRow
    standard: SourceRow
    typeform: SourceRow
    form: SourceRow


def open_clinic(conn: Connection, now: int, until: int) -> House:
    """The clinic as it stands at `now`, with what is known of its closures until `until`."""
    clinic_id = clinics.add(conn, {**CLINIC, "created_at": now})
    for name, title, shifts in STAFF:
        practitioner_id = practitioners.add(conn, clinic_id, name, title, signs=name == STAFF[0][0])
        for days, opens, closes in shifts:
            for weekday in days:
                practitioners.add_hours(
                    conn, clinic_id, practitioner_id, weekday=weekday, opens=opens * 60, closes=closes * 60
                )
    practitioners.add_visit_type(conn, clinic_id, "first", "First visit", minutes=60, first=True)
    for day in _thanksgivings(now, until):
        starts_at, ends_at = (day_start(ordinal, ZONE) for ordinal in (day.toordinal(), day.toordinal() + 1))
        practitioners.add_absence(conn, clinic_id, None, starts_at=starts_at, ends_at=ends_at, words="Thanksgiving")
    add_default_rules(conn, clinic_id, now)
    import_shipped(conn, clinic_id, now)
    return House(
        clinics.get(conn, clinic_id),
        add_source(
            conn,
            clinic_id=clinic_id,
            vendor="standard",
            name="Website: ask for a consultation",
            key=STANDARD_KEY,
            secret=STANDARD_SECRET,
            now=now,
        ),
        add_source(
            conn,
            clinic_id=clinic_id,
            vendor="typeform",
            name="Typeform: is it for me?",
            key=TYPEFORM_KEY,
            secret=TYPEFORM_SECRET,
            now=now,
        ),
        add_source(conn, clinic_id=clinic_id, vendor="hosted", name="Our own form", now=now),
    )


def _thanksgivings(since: int, until: int) -> list[date]:
    """Those from `since` up to the first one after `until`: a clinic knows its next closure."""
    first, last = local(since, ZONE).date(), local(until, ZONE).date()
    days = [_thanksgiving(year) for year in range(first.year, last.year + 2)]
    ahead = next(day for day in days if day >= last)
    return [day for day in days if first <= day <= ahead]


def _thanksgiving(year: int) -> date:
    """The fourth Thursday of November."""
    first = date(year, NOVEMBER, 1)
    return first + timedelta(days=(THURSDAY - first.weekday()) % 7 + 21)


def at_wall(ordinal: int, minute: int) -> int:
    """The instant of a clinic's day (an ordinal) at a minute after midnight, its wall clock."""
    midnight = datetime.combine(date.fromordinal(ordinal), datetime.min.time())
    return to_utc(midnight + timedelta(minutes=minute), ZONE)
