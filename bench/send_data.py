"""A clinic whose leads are all due for one mail of a shipped series: a first name, three answers and a booking link,
unsubscribe and preferences."""

from __future__ import annotations

from bench.bulk import CLINIC, Rows, fill
from service.domain.timing import DAY
from service.storage import campaigns, clinics
from service.storage.database import Database
from service.usecases.publish_campaign import import_shipped

NOW = 1_795_536_000  # Tuesday, 24 November 2026, 16:00 UTC: inside the window of every zone below
SERIES, STEP = "sciatica-consultation", "holds-you-back"
NAME = "CASE n.i % 40 WHEN 0 THEN 'Zoë' WHEN 1 THEN 'Dana' WHEN 2 THEN 'Charlie' WHEN 3 THEN 'Bob' ELSE 'Alice' END"
_ZONE = "CASE n.i % 3 WHEN 0 THEN 'America/New_York' WHEN 1 THEN 'America/Chicago' ELSE 'America/Denver' END"
_EMAIL = "'lead' || CAST(n.i AS TEXT) || '@example.org'"
_OF = {"clinic_id": ":clinic", "lead_id": "n.i"}
_ROWS: tuple[Rows, ...] = (
    (
        "lead",
        {
            "id": "n.i",
            "clinic_id": ":clinic",
            "email": _EMAIL,
            "email_key": _EMAIL,
            "first_name": NAME,
            "zone": _ZONE,
            "zone_from": "'form'",
            "interest": "'sciatica'",
            "utm": "'{}'",
            "consent": "'given'",
            "consent_at": ":then",
            "refused_topics": "'[]'",
            "created_at": ":then",
            "changed_at": ":then",
        },
        "1 = 1",
    ),
    (
        "consent",
        {
            "id": "n.i",
            **_OF,
            "kind": "'given'",
            "wording": "'Yes, send me notes on sciatica by email. I can stop them at any time.'",
            "version": "'1'",
            "how": "'form'",
            "at": ":then",
        },
        "1 = 1",
    ),
    (
        "enrollment",
        {
            "id": "n.i",
            **_OF,
            "campaign_id": ":campaign",
            "version_id": ":version",
            "state": "1",
            "step": ":step",
            "since": ":then",
            "due_at": ":now - 60 - n.i % 600",
            "entered_at": ":then",
        },
        "1 = 1",
    ),
    (
        "suppression",
        {
            "id": "n.i",
            "clinic_id": ":clinic",
            "email_key": "'gone' || CAST(n.i AS TEXT) || '@example.org'",
            "reason": "'unsubscribed'",
            "at": ":then",
        },
        "n.i <= 2000",
    ),
)


def prepare(url: str, leads: int) -> None:
    """Fills an empty database."""
    from service.storage.migrate import upgrade  # noqa: PLC0415 - who sends needs no migrations in its memory

    upgrade(url)
    db = Database(url)
    try:
        with db.write() as conn:
            clinic_id = clinics.add(conn, {**CLINIC, "created_at": NOW - 40 * DAY})
            import_shipped(conn, clinic_id, NOW - 40 * DAY)
            series = campaigns.by_key(conn, clinic_id, SERIES)
            if series is None:
                raise LookupError(SERIES)
        values = {"clinic": clinic_id, "campaign": series.id, "version": series.version_id, "step": STEP}
        fill(db, _ROWS, leads, {**values, "now": NOW, "then": NOW - 20 * DAY})
    finally:
        db.dispose()
