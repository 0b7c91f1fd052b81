"""Vouching again for what a campaign claims: the clinic's people have read it, and it still holds."""

from __future__ import annotations

from service.storage import audits, campaigns
from service.storage.users import UserRow
from service.usecases.kit import Kit
from service.usecases.release_held import let_go

GUARD = "content-expired"


def renew_review(kit: Kit, user: UserRow, campaign_id: int) -> int | None:
    """Whose mail waited for it goes on within the hours for mails; gives how many. None where the clinic has no such
    campaign."""
    now = kit.clock()
    with kit.db.write() as conn:
        row = campaigns.by_ids(conn, [campaign_id]).get(campaign_id)
        if row is None or row.clinic_id != user.clinic_id:
            return None
        campaigns.describe(conn, campaign_id, {"reviewed_at": now})
        audits.record(conn, user.clinic_id, user.id, now, "claims reviewed", str(campaign_id), {})
        return let_go(conn, kit, user.clinic_id, "reschedule", user.id, GUARD, now, campaign_id)
