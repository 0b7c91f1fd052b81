"""An address that must not be written to any more: it is suppressed, and whoever has it leaves every series at once."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from service.domain.delivery_event import EVERYWHERE
from service.storage import leads, suppressions
from service.usecases.leave import leave_all


def suppress_address(
    conn: Connection,
    email_key: str,
    reason: str,
    now: int,
    *,
    clinic_id: int | None = None,
    message_id: int | None = None,
) -> bool:
    """For a clinic, or (clinic_id None) the whole installation; inside another use case's transaction. An address that
    cannot be reached, or whose owner complained, gets no visit mails either. True when the suppression is new."""
    new = suppressions.suppress(conn, clinic_id, email_key, reason, now, message_id=message_id)
    for lead_id in leads.with_email_key(conn, email_key, clinic_id):
        leave_all(conn, lead_id, reason, now, marketing_only=reason not in EVERYWHERE)
    return new
