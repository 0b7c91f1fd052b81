"""Stopping a letter on its way, and letting it go on from where it stood."""

from __future__ import annotations

from service.storage import audits, campaigns, enrollment_moves, letters
from service.storage.campaigns import LIVE, PAUSED
from service.storage.letters import DONE, GOING, PLANNED, STOPPED
from service.usecases.campaign_states import GUARD
from service.usecases.kit import Kit
from service.usecases.letters.write_letter import Gone


def stop_letter(kit: Kit, clinic_id: int, user_id: int | None, key: str) -> int | None:
    """At once: nobody more is looked at, and who waits for the letter waits in place; gives how many. None when there
    is nothing to stop. Raises Gone."""
    now = kit.clock()
    with kit.db.write() as conn:
        row = letters.locked(conn, clinic_id, key)
        if row is None:
            raise Gone
        if row.state not in (PLANNED, GOING, DONE):
            return None
        campaigns.set_state(conn, clinic_id, row.campaign_id, PAUSED, now)
        letters.change(conn, row.campaign_id, {"state": STOPPED})
        people = enrollment_moves.freeze(conn, row.campaign_id, GUARD)
        audits.record(conn, clinic_id, user_id, now, "letter stopped", "letter", {"key": key, "people": people})
    return people


def resume_letter(kit: Kit, clinic_id: int, user_id: int | None, key: str) -> int | None:
    """On from the lead where it stood, never from the start; gives how many of those who waited go on. None when it
    does not stand still. Raises Gone."""
    now = kit.clock()
    with kit.db.write() as conn:
        row = letters.locked(conn, clinic_id, key)
        if row is None:
            raise Gone
        if row.state != STOPPED:
            return None
        campaigns.set_state(conn, clinic_id, row.campaign_id, LIVE, None)
        begun = GOING if row.looked else PLANNED
        letters.change(conn, row.campaign_id, {"state": begun if row.ended_at is None else DONE})
        people = enrollment_moves.thaw(conn, row.campaign_id, GUARD)
        audits.record(conn, clinic_id, user_id, now, "letter resumed", "letter", {"key": key, "people": people})
    return people
