"""What a mail may print of one lead and of its clinic. An allow-list: nothing else reaches a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from service.content.mail_file import MailSource
from service.content.studio import Shared
from service.domain.appointment import Appointment
from service.domain.clock_words import date_words, day_words, time_words, zone_words
from service.domain.enrollment import Facts
from service.domain.language import FIRST
from service.domain.mail import Envelope
from service.domain.wording import one_line
from service.storage.clinics import ClinicRow
from service.storage.enrollments import DueRow
from service.storage.practitioners import PractitionerRow
from service.usecases.houses import House, house
from service.usecases.open_slots import slots_for_mails

Person = dict[str, dict[str, Any]]


def person(
    row: DueRow,
    facts: Facts,
    clinic: ClinicRow,
    wording: str,
    visit: Mapping[str, Any] | None,
    language: str = FIRST,
) -> Person:
    """The values of one lead; `language`: the mail's."""
    printed: Person = {
        "lead": {"first_name": row.first_name, "locale": row.locale, "clicked_book": "book" in facts.clicked},
        "consent": {
            "date": date_words(row.consent_at, clinic.zone, language) if row.consent_at is not None else "",
            "wording": one_line(wording),
        },
    }
    if visit is not None:
        printed["appointment"] = dict(visit)
    return printed


def visit_values(visit: Appointment, who: PractitionerRow, clinic: ClinicRow, language: str = FIRST) -> dict[str, Any]:
    """A visit as its mails print it, in the clinic's time."""
    return {
        "day": day_words(visit.starts_at, clinic.zone, language),
        "time": time_words(visit.starts_at, clinic.zone, language),
        "ends": time_words(visit.ends_at, clinic.zone, language),
        "practitioner": who.name,
        "minutes": (visit.ends_at - visit.starts_at) // 60,
        "zone_words": zone_words(clinic.city, clinic.zone, language),
        "moved": visit.sequence > 0,
        "cancelled_by": "you" if visit.ended_by == "patient" else "us",
    }


def shared(
    conn: Connection,
    clinic: ClinicRow,
    base_url: str,
    now: int,
    sources: Sequence[MailSource],
    known: House | None = None,
    language: str = FIRST,
) -> Shared:
    """The clinic as its mails show it; open slots only where one of `sources` prints them. `known`: where it was read
    already."""
    signs, first = known or house(conn, clinic.id)
    offered = any("slots" in source.mjml or "slots" in source.text for source in sources)
    return Shared(
        clinic={
            "name": clinic.name,
            "address": clinic.address,
            "city": clinic.city,
            "phone": clinic.phone,
            "website": clinic.website,
            "zone_words": zone_words(clinic.city, clinic.zone, language),
            "mark_url": f"{base_url}/static/mark.png",
            "accent": clinic.accent,
        },
        practitioner={
            "name": signs.name if signs else clinic.name,
            "title": signs.title if signs else "",
            "face_url": None,
        },
        visit={"minutes": first.minutes if first else 60, "name": first.name if first else ""},
        slots=tuple(
            {"starts": slot.start, "day": slot.day, "time": slot.time}
            for slot in (slots_for_mails(conn, clinic.id, now, language=language) if offered else ())
        ),
    )


def envelope(clinic: ClinicRow, base_url: str, service: bool, inbound: str = "") -> Envelope:
    domain = clinic.from_email.rpartition("@")[2]
    return Envelope(
        from_name=clinic.from_name,
        from_email=clinic.from_email,
        reply_to=clinic.reply_to,
        list_id=f"{clinic.slug}.{domain}",
        domain=domain,
        unsubscribe_base=None if service else f"{base_url}/u/",
        inbound=inbound,
    )
