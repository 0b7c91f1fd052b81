"""The clinic of the tests: Sun Acupuncture with three practitioners, the standing cast, and a kit to act with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from service.content.links import Links
from service.content.studio import Studio
from service.storage import clinics, consents, ids, leads, practitioners
from service.storage.database import Database
from service.storage.tables import campaign, campaign_version, message
from service.usecases.kit import Kit
from service.usecases.library import Library
from service.usecases.publish_campaign import import_shipped

ROOT = Path(__file__).resolve().parents[2]
SECRET = b"only for tests: thirty-two bytes"
WORDING = "Send me the email series as well."
MONDAY_TO_FRIDAY = range(5)
# Parsing every shipped campaign takes a second: the first test of a process pays it, the others take its rows.
_LIBRARY = Library()
BASE_URL = "http://127.0.0.1:8000"
# Shapes are kept by a mail's very text, so that every test may use those of the others.
STUDIO = Studio(ROOT / "templates" / "email", BASE_URL)
_PUBLISHED: dict[sa.Table, list[dict[str, object]]] = {}


def make_kit(db: Database, clock: Callable[[], int]) -> Kit:
    return Kit(
        db=db,
        clock=clock,
        wall=clock,
        links=Links(SECRET),
        studio=STUDIO,
        library=_LIBRARY,
        base_url=BASE_URL,
        secret=SECRET,
        mail="outbox",
    )


@dataclass
class Sun:
    """Hannah signs and works Monday to Friday 9 to 17, Lena Monday to Friday 9 to 12, Joel on Saturdays 9 to 13."""

    kit: Kit
    clinic: int = 0
    staff: dict[str, int] = field(default_factory=dict)

    def lead(
        self, name: str, *, consent: bool = True, zone: str = "America/Chicago", interest: str | None = None
    ) -> int:
        now = self.kit.clock()
        with self.kit.db.write() as conn:
            email = f"{name.lower()}@example.org"
            lead_id = leads.add(
                conn,
                clinic_id=self.clinic,
                email=email,
                email_key=email,
                zone=zone,
                zone_from="form",
                now=now,
                first_name=name,
                interest=interest,
            )
            assert lead_id is not None
            if consent:
                consents.record(
                    conn,
                    clinic_id=self.clinic,
                    lead_id=lead_id,
                    kind="given",
                    wording=WORDING,
                    version="1",
                    how="form",
                    at=now,
                )
            return lead_id

    def mail(self, lead_id: int, enrollment_id: int, mail: str = "welcome") -> int:
        """A mail that was handed over an hour ago, in the enrollment's version; gives its id."""
        message_id, at = ids.new(), self.kit.clock() - 3_600
        with self.kit.db.write() as conn:
            run = conn.execute(
                sa.text("SELECT campaign_id, version_id FROM enrollment WHERE id = :id"), {"id": enrollment_id}
            )
            campaign_id, version_id = run.one()
            conn.execute(
                sa.insert(message).values(
                    id=message_id,
                    clinic_id=self.clinic,
                    lead_id=lead_id,
                    enrollment_id=enrollment_id,
                    campaign_id=campaign_id,
                    version_id=version_id,
                    step=mail,
                    visit=1,
                    mail=mail,
                    service=False,
                    ref=f"{message_id:032x}",
                    state="accepted",
                    due_at=at,
                    created_at=at,
                    provider="outbox",
                    why={},
                    accepted_at=at,
                )
            )
        return message_id


def sun(db: Database, clock: Callable[[], int]) -> Sun:
    made = Sun(make_kit(db, clock))
    with db.write() as conn:
        made.clinic = clinics.add(
            conn,
            {
                "slug": "sun-acupuncture",
                "name": "Sun Acupuncture",
                "address": "100 Example Street, Minnetonka, MN 55305",
                "city": "Minnetonka",
                "phone": "(952) 555-0142",
                "website": "https://sun.example",
                "zone": "America/Chicago",
                "from_name": "Sun Acupuncture",
                "from_email": "hello@sun.example",
                "reply_to": "hello@sun.example",
                "keeps_holidays": False,
                "created_at": clock(),
            },
        )
        for name, title in (("Hannah Lindqvist", "Licensed acupuncturist"), ("Lena Moser", ""), ("Joel Park", "")):
            first = name.split()[0]
            made.staff[first] = practitioners.add(conn, made.clinic, name, title, signs=first == "Hannah")
        for weekday in MONDAY_TO_FRIDAY:
            for first, closes in (("Hannah", 17), ("Lena", 12)):
                practitioners.add_hours(
                    conn, made.clinic, made.staff[first], weekday=weekday, opens=9 * 60, closes=closes * 60
                )
        practitioners.add_hours(conn, made.clinic, made.staff["Joel"], weekday=5, opens=9 * 60, closes=13 * 60)
        practitioners.add_visit_type(
            conn, made.clinic, "first", "First visit", minutes=60, buffer_minutes=15, first=True
        )
        _publish(conn, made.clinic, clock())
    return made


def _publish(conn: sa.Connection, clinic_id: int, now: int) -> None:
    """Every shipped campaign, as a new clinic gets them."""
    if not _PUBLISHED:
        import_shipped(conn, clinic_id, now)
        for table in (campaign, campaign_version):
            _PUBLISHED[table] = [dict(row) for row in conn.execute(sa.select(table)).mappings()]
        return
    for table, rows in _PUBLISHED.items():
        conn.execute(sa.insert(table), [row | {"clinic_id": clinic_id} for row in rows])
