"""A lead answers "what holds you back?": the clinic learns it, and a branch may follow."""

from __future__ import annotations

from service.domain.conditions import Answered, Did
from service.domain.timing import DAY
from service.storage import answers, clicks, events, leads
from service.usecases.heed_red_flags import heed_red_flags
from service.usecases.kit import Kit
from service.usecases.leave import wake

QUESTION = "What holds you back?"
LONGEST = 2_000


def answer_question(kit: Kit, lead_id: int, link: str, *, message_id: int | None = None, text: str = "") -> None:
    """`link` is the answer's name (price, needles, …); `text` what the person added, for staff only. The same answer
    again within a day is not counted twice; a new text is kept."""
    now = kit.clock()
    written = " ".join(text.split())[:LONGEST]
    with kit.db.write() as conn:
        lead = leads.lock(conn, lead_id)
        if not clicks.answered_since(conn, lead_id, link, now - DAY):
            events.add(
                conn,
                clinic_id=lead.clinic_id,
                lead_id=lead_id,
                at=now,
                kind="answered",
                link=link,
                counts_at=now,
                message_id=message_id,
            )
            wake(conn, kit, [lead_id], now, {Answered, Did})
        if written:
            answers.add(conn, lead.clinic_id, lead_id, [(QUESTION, written)], now)
            heed_red_flags(conn, kit, lead, [written], now, once=f"answered:{now}")
