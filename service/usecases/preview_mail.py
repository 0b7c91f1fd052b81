"""A mail as a sample person would read it: for the desk's eyes, sent to nobody."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.content.campaign_file import Campaign
from service.content.mail_file import MailSource
from service.domain.clock_words import date_words, day_words, time_words, zone_words
from service.domain.language import FIRST, LANGUAGES
from service.domain.mail import Rendered
from service.domain.timing import DAY, HOUR, day_start, local_day
from service.storage import practitioners
from service.storage.clinics import ClinicRow
from service.usecases.kit import Kit
from service.usecases.person import Person, shared

SAMPLE_LINK = "sample-sample-sample-s"  # opens nothing: no link spells this
NAME = "Maria"
READERS: dict[str, tuple[str, str | None]] = {
    "maria": ("Maria", NAME),
    "unnamed": ("No name", None),
    "long": ("A long name", "Maximiliane-Alexandrina Konstantinopoulou-Featherstonehaugh"),
    "right-to-left": ("Right to left", "مريم"),
    "emoji": ("Emoji", "Mia 🌻"),
    "quotes": ("Quotes", 'D\'Arcy "Bo" <b>&'),
}
"""Whom a mail is shown to: its label, and the first name that the mail meets."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What a lock screen shows of a mail."""

    subject: str
    preheader: str


def preview_mail(
    kit: Kit, conn: Connection, clinic: ClinicRow, campaign: Campaign, mail: str, now: int, reader: str = "maria"
) -> Rendered:
    """Raises KeyError for a mail that the campaign does not send, or a reader that is none of READERS."""
    return preview_source(kit, conn, clinic, campaign.every[mail], now, reader)


def preview_source(
    kit: Kit, conn: Connection, clinic: ClinicRow, source: MailSource, now: int, reader: str = "maria"
) -> Rendered:
    """A mail that need not be published. Raises Faults where it cannot be made."""
    batch = shared(conn, clinic, kit.base_url, now, [source], language=source.language)
    return kit.studio.render(source, batch, _sample(conn, clinic, now, reader, source.language), SAMPLE_LINK)


def headings(
    kit: Kit, conn: Connection, clinic: ClinicRow, campaign: Campaign, now: int, reader: str = "maria"
) -> dict[str, Heading]:
    """Of all the campaign's mails, at the price of one a language; those in another language come last."""
    found: dict[str, Heading] = {}
    for code in sorted({mail.language for mail in campaign.every.values()}, key=list(LANGUAGES).index):
        told = {key: mail for key, mail in campaign.every.items() if mail.language == code}
        batch = shared(conn, clinic, kit.base_url, now, list(told.values()), language=code)
        sample = _sample(conn, clinic, now, reader, code)
        found |= {key: Heading(*kit.studio.head(mail, batch, sample)[:2]) for key, mail in told.items()}
    return found


def _sample(conn: Connection, clinic: ClinicRow, now: int, reader: str, of: str = FIRST) -> Person:
    """Someone who signed up two days ago and has a visit in a week at ten."""
    who = practitioners.signing(conn, clinic.id)
    visit = day_start(local_day(now, clinic.zone) + 7, clinic.zone) + 10 * HOUR
    return {
        "lead": {"first_name": READERS[reader][1], "locale": of, "clicked_book": False},
        "consent": {"date": date_words(now - 2 * DAY, clinic.zone, of), "wording": "Send me the email series as well."},
        "appointment": {
            "day": day_words(visit, clinic.zone, of),
            "time": time_words(visit, clinic.zone, of),
            "ends": time_words(visit + HOUR, clinic.zone, of),
            "practitioner": who.name if who else clinic.name,
            "minutes": 60,
            "zone_words": zone_words(clinic.city, clinic.zone, of),
            "moved": False,
            "cancelled_by": "us",
        },
    }
