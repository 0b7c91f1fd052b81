"""How many people are in each of a clinic's campaigns, and how many mails each has sent lately."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from sqlalchemy.engine import Connection

from service.domain.timing import DAY
from service.storage import campaign_numbers, kept_numbers
from service.storage.campaign_numbers import CampaignNumbers
from service.usecases.keep_numbers import Answer, Count, kept
from service.usecases.kit import Kit

SUBJECT = "campaigns"
LATELY = 30 * DAY


@dataclass(frozen=True, slots=True)
class CampaignsCount:
    """By campaign; `sent`: mails of the last 30 days. `taken_at`: when it was counted, None: just now."""

    numbers: dict[int, CampaignNumbers] = field(default_factory=dict)
    sent: dict[int, int] = field(default_factory=dict)
    taken_at: int | None = None


def count_campaigns(conn: Connection, clinic_id: int, now: int) -> CampaignsCount:
    """Counted now."""
    return CampaignsCount(
        campaign_numbers.of_clinic(conn, clinic_id), campaign_numbers.sent_since(conn, clinic_id, now - LATELY)
    )


def campaigns_count(kit: Kit, clinic_id: int) -> CampaignsCount:
    """Counted now, in a large clinic some minutes ago."""
    now = kit.clock()
    with kit.db.read() as conn:
        if not kept_numbers.exceeds(conn, kit.counts_live, clinic_id=clinic_id):
            return count_campaigns(conn, clinic_id, now)
    answer, taken_at = kept(kit, clinic_id, SUBJECT, counter(clinic_id, now))
    return CampaignsCount(
        {int(key): CampaignNumbers(**numbers) for key, numbers in answer["numbers"].items()},
        {int(key): mails for key, mails in answer["sent"].items()},
        taken_at,
    )


def counter(clinic_id: int, now: int) -> Count:
    """What counts it, as it is kept."""
    return lambda conn: _as_kept(count_campaigns(conn, clinic_id, now))


def _as_kept(found: CampaignsCount) -> Answer:
    return {
        "numbers": {str(key): asdict(numbers) for key, numbers in found.numbers.items()},
        "sent": {str(key): mails for key, mails in found.sent.items()},
    }
