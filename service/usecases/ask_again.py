"""Putting the question for an address once more, when its mail did not come."""

from __future__ import annotations

from service.domain.timing import DAY, HOUR
from service.storage import campaigns, consents, inbox, leads, runs
from service.usecases.confirm_address import Confirmation, confirmation
from service.usecases.kit import Kit
from service.usecases.leave import end_runs
from service.usecases.take_signup import ask

APART, MOST = HOUR // 12, 3


def ask_again(kit: Kit, post_id: int) -> bool:
    """Mails the question of this post's lead again: not within five minutes, and three times a day at most, since
    anyone may have typed the address. False when nothing was sent."""
    now = kit.clock()
    with kit.db.read() as conn:
        lead_id = inbox.get(conn, post_id).lead_id
    if lead_id is None:
        return False
    with kit.db.write() as conn:
        lead = leads.lock(conn, lead_id)
        state, asked = confirmation(conn, lead, now)
        if state is not Confirmation.OPEN or asked is None:
            return False
        mailed = [row.at for row in consents.of_lead(conn, lead.id) if row.kind == "asked" and now - row.at < DAY]
        if len(mailed) >= MOST or (mailed and now - max(mailed) < APART):
            return False
        asking = {row.id for row in campaigns.entered_by(conn, lead.clinic_id, "opt-in-asked")}
        earlier = [run for run in runs.running(conn, lead_id=lead.id) if run.campaign_id in asking]
        end_runs(conn, earlier, "asked-again", "superseded", now)
        asked_id = consents.record(
            conn,
            clinic_id=lead.clinic_id,
            lead_id=lead.id,
            source_id=asked.source_id,
            kind="asked",
            wording=asked.wording,
            version=asked.version,
            how="asked again from the form's page",
            at=now,
        )
        ask(conn, kit, lead, asked_id, now)
        return True
