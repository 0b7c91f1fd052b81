"""A reply to a mail: somebody who writes to us is answered by a person, not by the next mail."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from service.domain.conditions import Did
from service.domain.incoming import Incoming, fresh
from service.domain.question import LONGEST, cut
from service.storage import answers, audits, events, leads
from service.storage.users import UserRow
from service.usecases.ask_staff import ask_staff
from service.usecases.heed_red_flags import heed_red_flags
from service.usecases.kit import Kit
from service.usecases.leave import leave_all, leave_by_reply, wake

REASON = "replied"
QUESTION = "Reply to a mail"
WORDLESS = "Their mail holds no words; it may hold a picture or a file. Open it in your mail program."


def record_reply(kit: Kit, user: UserRow, lead_id: int) -> int:
    """Noted by hand: ends the lead's series, mails about visits left alone; gives how many. Their agreement stands."""
    now = kit.clock()
    with kit.db.write() as conn:
        lead = leads.lock(conn, lead_id)
        ended = leave_all(conn, lead_id, REASON, now)
        events.add(conn, clinic_id=lead.clinic_id, lead_id=lead_id, at=now, kind="replied", data={"by": user.name})
        audits.record(conn, lead.clinic_id, user.id, now, "reply recorded", str(lead_id), {"series": ended})
    return ended


def note_reply(
    conn: Connection, kit: Kit, mail_id: int, lead_id: int, message_id: int | None, mail: Incoming, now: int
) -> int:
    """A person's mail, inside the transaction that has read it: its words are kept apart, the staff are asked to
    answer (to call at once, where they are words of an emergency), and the series end whose campaigns say so; gives
    how many."""
    lead = leads.lock(conn, lead_id)
    words = fresh(mail.text)
    if words:
        answers.add(conn, lead.clinic_id, lead_id, [(QUESTION, words)], now)
    if not heed_red_flags(conn, kit, lead, [words], now, once=f"reply:{mail_id}"):
        ask_staff(
            conn,
            clinic_id=lead.clinic_id,
            lead_id=lead_id,
            kind="answer",
            text=cut(" ".join(words.split()), LONGEST) or WORDLESS,
            now=now,
            once=f"reply:{mail_id}",
        )
    ended = leave_by_reply(conn, kit, lead_id, REASON, now)
    events.add(
        conn,
        clinic_id=lead.clinic_id,
        lead_id=lead_id,
        at=now,
        kind="replied",
        counts_at=now,
        message_id=message_id,
        data={"series": ended},
    )
    wake(conn, kit, [lead_id], now, {Did})
    return ended
