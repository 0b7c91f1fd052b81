"""A mail as a sample person would read it: for the desk's eyes, sent to nobody."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.content.campaign_file import Campaign
from service.domain.clock_words import date_words, day_words, time_words, zone_words
from service.domain.mail import Rendered
from service.domain.timing import DAY, HOUR, day_start, local_day
from service.storage import practitioners
from service.storage.clinics import ClinicRow
from service.usecases.kit import Kit
from service.usecases.person import Person, shared

SAMPLE_LINK = "sample-sample-sample-s"  # opens nothing: no link spells this
NAME = "Maria"


@dataclass(frozen=True, slots=True)
class Heading:
    """What a lock screen shows of a mail."""

    subject: str
    preheader: str


def preview_mail(kit: Kit, conn: Connection, clinic: ClinicRow, campaign: Campaign, mail: str, now: int) -> Rendered:
    """Raises KeyError for a mail that the campaign does not send."""
    source = campaign.mails[mail]
    batch = shared(conn, clinic, kit.base_url, now, [source])
    return kit.studio.render(source, batch, _sample(conn, clinic, now), SAMPLE_LINK)


def headings(kit: Kit, conn: Connection, clinic: ClinicRow, campaign: Campaign, now: int) -> dict[str, Heading]:
    """Of all the campaign's mails, at the price of one."""
    batch = shared(conn, clinic, kit.base_url, now, list(campaign.mails.values()))
    sample = _sample(conn, clinic, now)
    return {key: Heading(*kit.studio.head(mail, batch, sample)[:2]) for key, mail in campaign.mails.items()}


def _sample(conn: Connection, clinic: ClinicRow, now: int) -> Person:
    """Someone who signed up two days ago and has a visit in a week at ten."""
    who = practitioners.signing(conn, clinic.id)
    visit = day_start(local_day(now, clinic.zone) + 7, clinic.zone) + 10 * HOUR
    return {
        "lead": {"first_name": NAME, "locale": "en", "clicked_book": False},
        "consent": {"date": date_words(now - 2 * DAY, clinic.zone), "wording": "Send me the email series as well."},
        "appointment": {
            "day": day_words(visit, clinic.zone),
            "time": time_words(visit, clinic.zone),
            "ends": time_words(visit + HOUR, clinic.zone),
            "practitioner": who.name if who else clinic.name,
            "minutes": 60,
            "zone_words": zone_words(clinic.city, clinic.zone),
            "moved": False,
            "cancelled_by": "us",
        },
    }
