"""A clinic with leads, what they did and a campaign for mails to hang on, written straight to the tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import clinics, events, ids
from service.storage.tables import campaign, campaign_version, enrollment, lead, message
from tests.support.clock import NOW

CLINIC = {
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
    "created_at": NOW,
}


def a_house(conn: Connection, slug: str = "sun-acupuncture") -> int:
    return clinics.add(conn, {**CLINIC, "slug": slug})


def a_lead(conn: Connection, clinic_id: int, name: str | None = None, **columns: Any) -> int:
    lead_id = ids.new()
    email = f"{(name or str(lead_id)).lower()}@example.org"
    plain = {"zone": "America/Chicago", "zone_from": "form", "utm": {}, "refused_topics": [], "first_name": name}
    row = {**plain, "email": email, "email_key": email, "created_at": NOW, "changed_at": NOW, **columns}
    conn.execute(sa.insert(lead).values(id=lead_id, clinic_id=clinic_id, **row))
    return lead_id


def did(conn: Connection, clinic_id: int, lead_id: int, kind: str, at: int, **more: Any) -> int:
    return events.add(conn, clinic_id=clinic_id, lead_id=lead_id, kind=kind, at=at, **more)


def a_run(
    conn: Connection, clinic_id: int, lead_id: int, *, entry_on: str = "by-hand", source: str = ""
) -> dict[str, int]:
    """Of a campaign of its own: the ids that a message's row names."""
    campaign_id, version_id, enrollment_id = ids.take(3)
    plain = {"name": "Series", "family": "", "priority": 50, "goal": "none", "has_service": False, "state": "live"}
    conn.execute(
        sa.insert(campaign).values(
            id=campaign_id, clinic_id=clinic_id, key=f"series-{campaign_id}", entry_on=entry_on, created_at=NOW, **plain
        )
    )
    conn.execute(
        sa.insert(campaign_version).values(
            id=version_id,
            clinic_id=clinic_id,
            campaign_id=campaign_id,
            number=1,
            source=source,
            mails={},
            digest="",
            published_at=NOW,
        )
    )
    conn.execute(sa.update(campaign).where(campaign.c.id == campaign_id).values(version_id=version_id))
    conn.execute(
        sa.insert(enrollment).values(
            id=enrollment_id,
            clinic_id=clinic_id,
            lead_id=lead_id,
            campaign_id=campaign_id,
            version_id=version_id,
            state=1,
            step="welcome",
            since=NOW,
            due_at=NOW,
            entered_at=NOW,
        )
    )
    return {"enrollment_id": enrollment_id, "campaign_id": campaign_id, "version_id": version_id}


def a_mail(conn: Connection, clinic_id: int, lead_id: int, run: dict[str, int], accepted_at: int | None) -> None:
    number = ids.new()
    plain = {"visit": 1, "mail": "welcome", "service": False, "state": "accepted", "provider": "outbox", "why": {}}
    conn.execute(
        sa.insert(message).values(
            id=number,
            clinic_id=clinic_id,
            lead_id=lead_id,
            step=str(number),
            ref=str(number),
            due_at=NOW,
            created_at=NOW,
            accepted_at=accepted_at,
            **plain,
            **run,
        )
    )
