"""Letters whose hour has come, to their people: batch by batch in the order of the leads' ids. Where it stands is kept
with each batch, so that it goes on there when it was killed. The tick sends the mails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy.engine import Connection

from service.storage import campaigns, leads, letters, segments
from service.storage.letter_numbers import HELD_OUT, is_held_out
from service.storage.letters import DONE, GOING, PLANNED, STOPPED, LetterRow
from service.usecases.again import again
from service.usecases.dispatch import Probe, silent
from service.usecases.enroll import Occasion, enter_many
from service.usecases.kit import Kit
from service.usecases.letters.who import who_of

BATCH = 500


def always() -> bool:
    return True


def send_letters(kit: Kit, *, batch: int = BATCH, probe: Probe = silent, go_on: Callable[[], bool] = always) -> int:
    """Gives how many leads were looked at. Safe to run twice, from several workers, and to be killed anywhere."""
    now = kit.clock()
    with kit.db.read() as conn:
        due = letters.due(conn, now)
    looked = 0
    for row in due:
        while go_on():
            found = again(partial(_next_batch, kit, row, now, batch, probe))
            looked += found or 0
            if found is None:
                break
    return looked


def _next_batch(kit: Kit, row: LetterRow, now: int, size: int, probe: Probe) -> int | None:
    """One batch; None when there is nothing more to do for this letter."""
    with kit.db.read() as conn:
        seen = letters.get(conn, row.campaign_id)
        if seen.state not in (PLANNED, GOING):
            return None
        lead_ids: list[int] | None
        try:
            lead_ids = segments.ids_after(conn, who_of(conn, seen, now), seen.cursor, size)
        except KeyError:
            lead_ids = None  # its segment is no more: a person has to say who
    with kit.db.write() as conn:
        held = letters.locked(conn, row.clinic_id, row.key)
        if held is None or held.state not in (PLANNED, GOING):
            return None
        if held.cursor != seen.cursor:
            return 0  # another worker was faster
        if lead_ids is None:
            letters.change(conn, row.campaign_id, {"state": STOPPED})
            return None
        if not lead_ids:
            letters.change(conn, row.campaign_id, {"state": DONE, "ended_at": now})
            return None
        entered = _enter(conn, kit, held, lead_ids, now)
        probe("before-record")
        letters.change(
            conn,
            row.campaign_id,
            {
                "state": GOING,
                "cursor": lead_ids[-1],
                "looked": held.looked + len(lead_ids),
                "entered": held.entered + entered,
            },
        )
    probe("after-record")
    return len(lead_ids)


def _enter(conn: Connection, kit: Kit, row: LetterRow, lead_ids: Sequence[int], now: int) -> int:
    """Gives how many entered. Who is held out, or is under 18, is told apart at once; the gate tells the rest."""
    campaign = campaigns.by_ids(conn, [row.campaign_id])[row.campaign_id]
    definition = kit.library.version(conn, campaign.version_id).definition
    at = now if row.at is None else row.at
    had = letters.written_to(conn, row.campaign_id, lead_ids)
    fresh = [lead_id for lead_id in leads.by_ids(conn, lead_ids) if lead_id not in had]
    out = {lead_id: HELD_OUT for lead_id in fresh if is_held_out(row.key, lead_id, row.holdout)}
    outcome = enter_many(
        conn, campaign, definition, [each for each in fresh if each not in out], Occasion("letter", at=at), now
    )
    letters.leave_out(conn, row, definition.first, {**out, **outcome.refused}, at, now)
    return len(outcome.made)
