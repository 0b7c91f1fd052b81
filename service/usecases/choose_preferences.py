"""A person chooses how often we write, and about what."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

from sqlalchemy.engine import Connection

from service.domain.language import LANGUAGES, known
from service.storage import enrollment_moves, events, leads
from service.storage.leads import LeadRow
from service.usecases.kit import Kit
from service.usecases.leave import leave_all
from service.usecases.pause_mails import pause, resume
from service.usecases.unsubscribe import unsubscribe

Pace = Literal["now", "weekly", "pause", "booked", "stop"]
PACES: tuple[str, ...] = get_args(Pace)
TOPICS = ("how", "visit", "self", "open")


def choose_preferences(
    kit: Kit,
    lead_id: int,
    pace: Pace,
    topics: Collection[str],
    *,
    language: str | None = None,
    message_id: int | None = None,
) -> None:
    """`topics`: those of TOPICS that the person wants; the others are refused. `booked` ends the series and nothing
    else; `stop` is an unsubscribe. `language`: the one to write in from now on, None where nothing was said of it."""
    now = kit.clock()
    with kit.db.write() as conn:
        lead = leads.lock(conn, lead_id)
        refused = [topic for topic in TOPICS if topic not in topics]
        _choose(conn, lead, pace, refused, now)
        if language in LANGUAGES and known(lead.locale) != language:
            leads.change(conn, lead_id, {"locale": language}, now)
        if pace == "pause":
            pause(conn, lead, now, message_id)
        elif pace != "stop":
            resume(conn, lead, now)
        if pace == "booked":
            leave_all(conn, lead_id, "booked-elsewhere", now, guard="goal-met")
    if pace == "stop":
        unsubscribe(kit, lead_id, message_id=message_id, how="preferences")


def _choose(conn: Connection, lead: LeadRow, pace: Pace, refused: list[str], now: int) -> None:
    """Weekly and normal are lasting paces; a pause or a stop leaves the pace as it was."""
    lasting = {"now": "normal", "weekly": "weekly"}.get(pace, lead.pace)
    if (lasting, refused) == (lead.pace, list(lead.refused_topics)):
        return
    leads.change(conn, lead.id, {"pace": lasting, "refused_topics": refused}, now)
    if lasting == "normal" and lead.pace == "weekly":
        enrollment_moves.release_guard(conn, lead.id, "capped", now)
    events.add(
        conn,
        clinic_id=lead.clinic_id,
        lead_id=lead.id,
        at=now,
        kind="chose",
        data={"pace": lasting, "refused": refused},
    )
