"""What holds back which clinic, for the command line."""

from __future__ import annotations

from typing import Any

from service.domain.brake import from_kept
from service.domain.brake_words import reason
from service.domain.timing import iso
from service.storage import brakes, clinics
from service.usecases.kit import Kit


def tell_brakes(kit: Kit, only: int | None) -> list[dict[str, Any]]:
    """[{clinic, state: sending | series-stopped | stopped, since, why, figures, waiting, people}], in the order of the
    slugs; one clinic's where its id is given."""
    told = []
    with kit.db.read() as conn:
        for row in sorted(clinics.everyone(conn).values(), key=lambda row: row.slug):
            if only not in (None, row.id):
                continue
            brake = from_kept(row.brake) if row.brake else None
            held = brakes.held(conn, row.id) if brake else None
            wholly = row.stopped_at is not None
            since = row.stopped_at if wholly else row.braked_at
            why = row.stopped_why if wholly else reason(brake) if brake else None
            told.append(
                {
                    "clinic": row.slug,
                    "state": "stopped" if wholly else "series-stopped" if brake else "sending",
                    "since": None if since is None else iso(since),
                    "why": why or "",
                    "figures": brake.kept() if brake else None,
                    "waiting": held.mails if held else 0,
                    "people": held.people if held else 0,
                }
            )
    return told
