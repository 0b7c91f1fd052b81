"""Taking an unsubscribe back at the provider too: its own list would drop what we send."""

from __future__ import annotations

import structlog

from service.delivery.provider import Provider
from service.domain.consent import UNSUBSCRIBED
from service.domain.lead import ConsentState
from service.domain.timing import MINUTE
from service.storage import events, leads, suppressions
from service.storage.suppressions import SuppressionRow
from service.usecases.enroll import enter_by
from service.usecases.kit import Kit

ASK_AGAIN = 5 * MINUTE
_log = structlog.get_logger()


def lift_stops(kit: Kit, provider: Provider, limit: int = 50) -> int:
    """Asks the provider for each address whose owner has confirmed it anew, until it has answered; then the stop is
    lifted here and the series begins. No transaction is open meanwhile. Gives how many were lifted. A provider that
    does not let us (its key may not) holds nobody up: if its list drops the mail, its report stops us again."""
    now = kit.clock()
    with kit.db.read() as conn:
        waiting = suppressions.to_lift(conn, now, limit)
    done = 0
    for row in waiting:
        answer = provider.lift(row.email_key)
        if answer == "later":
            with kit.db.write() as conn:
                suppressions.ask_later(conn, row.id, now + ASK_AGAIN)
            continue
        if answer == "refused":
            _log.warning("provider-keeps-its-list", provider=provider.name)
        done += _lift(kit, row)
    return done


def _lift(kit: Kit, row: SuppressionRow) -> bool:
    now = kit.clock()
    with kit.db.write() as conn:
        held = [leads.lock(conn, lead_id) for lead_id in leads.with_email_key(conn, row.email_key, row.clinic_id)]
        if not suppressions.lifted_there(conn, row.id, now):
            return False
        for lead in held:
            if lead.consent != ConsentState.GIVEN or row.reason != UNSUBSCRIBED:
                continue
            events.add(conn, clinic_id=lead.clinic_id, lead_id=lead.id, at=now, kind="resubscribed")
            enter_by(conn, kit, lead.clinic_id, lead.id, "signup", now, interest=lead.interest)
    return True
