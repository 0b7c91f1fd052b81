"""A person asks us to stop: it holds at once, for all of the clinic's marketing mail. Visit mails go on."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.domain.timing import HOUR
from service.domain.wording import one_line
from service.storage import consents, enrollment_moves, events, leads, suppressions
from service.storage.leads import LeadRow
from service.storage.suppressions import SuppressionRow
from service.usecases.kit import Kit
from service.usecases.leave import leave_all, leave_entered_by

REASON = "unsubscribed"
UNDO_FOR = HOUR
UNDONE = "I did not mean to stop the emails: send them again."


@dataclass(frozen=True, slots=True)
class Stopped:
    """`since`: when the mails stopped; `may_undo`: a slip can be taken back now, by the person's own press."""

    since: int
    may_undo: bool


def unsubscribe(kit: Kit, lead_id: int, *, message_id: int | None = None, how: str = "page") -> Stopped:
    """Suppresses the address at this clinic, withdraws the consent, ends every marketing series. Asked twice it is
    done once. `how`: page, one-click, preferences, or desk."""
    with kit.db.write() as conn:
        return stop_mails(conn, lead_id, kit.clock(), message_id=message_id, how=how)


def stop_mails(conn: Connection, lead_id: int, now: int, *, message_id: int | None, how: str) -> Stopped:
    """The same inside another use case's transaction. `how` may also be provider: it was told, and told us."""
    lead = leads.lock(conn, lead_id)
    standing = stopped(conn, lead, now)
    leave_all(conn, lead_id, REASON, now)
    leave_entered_by(conn, lead_id, "opt-in-asked", REASON, now)
    if standing is not None and lead.consent != "pending":
        return standing
    if lead.email_key is not None:
        suppressions.ask_provider(conn, lead.clinic_id, lead.email_key, REASON, None)
        suppressions.suppress(conn, lead.clinic_id, lead.email_key, REASON, now, message_id=message_id)
    last = consents.last(conn, lead_id)
    consents.record(
        conn,
        clinic_id=lead.clinic_id,
        lead_id=lead_id,
        kind="withdrawn",
        wording=last.wording if last is not None else "",
        version=last.version if last is not None else "",
        how=how,
        at=now,
    )
    events.add(
        conn,
        clinic_id=lead.clinic_id,
        lead_id=lead_id,
        at=now,
        kind="unsubscribed",
        message_id=message_id,
        data={"how": how, "consent": lead.consent},
    )
    return Stopped(now, may_undo=lead.consent == "given")


def stopped(conn: Connection, lead: LeadRow, now: int) -> Stopped | None:
    """Since when the person gets no marketing of this clinic by their own wish; None while they do."""
    found = _standing(conn, lead)
    if found is not None:
        return Stopped(found.at, _may_undo(conn, lead, found.at, now))
    if lead.consent == "withdrawn" and lead.consent_at is not None:
        return Stopped(lead.consent_at, _may_undo(conn, lead, lead.consent_at, now))
    return None


def resubscribe(kit: Kit, lead_id: int, *, page: str | None = None) -> bool:
    """Takes back an unsubscribe of the last hour, and nothing else: the suppression it made, the consent it withdrew,
    the runs it ended. A complaint or a dead address stays. False when there is nothing to take back."""
    now = kit.clock()
    with kit.db.write() as conn:
        lead = leads.lock(conn, lead_id)
        standing = stopped(conn, lead, now)
        if standing is None or not standing.may_undo or lead.minor:
            return False
        if lead.email_key is not None:
            suppressions.lift(conn, lead.clinic_id, lead.email_key, REASON, now)
        given = consents.last(conn, lead_id, "given", "confirmed")
        consents.record(
            conn,
            clinic_id=lead.clinic_id,
            lead_id=lead_id,
            kind="given",
            wording=f"{UNDONE} ({one_line(given.wording)})" if given is not None and given.wording else UNDONE,
            version=given.version if given is not None else "",
            how="undo within the hour",
            at=now,
            page=page,
        )
        enrollment_moves.take_back(conn, lead_id, REASON, standing.since, now)
        events.add(conn, clinic_id=lead.clinic_id, lead_id=lead_id, at=now, kind="resubscribed", data={"how": "undo"})
        return True


def _standing(conn: Connection, lead: LeadRow) -> SuppressionRow | None:
    """One that the provider is about to let go of is no wish any more."""
    if lead.email_key is None:
        return None
    rows = suppressions.standing(conn, lead.clinic_id, lead.email_key)
    own = (row for row in rows if row.reason == REASON and row.clinic_id == lead.clinic_id and row.lift_at is None)
    return next(own, None)


def _may_undo(conn: Connection, lead: LeadRow, since: int, now: int) -> bool:
    """Within the hour, where consent had stood until then. What the provider told us stands on its own list too: that
    takes a confirmed address."""
    last = consents.last(conn, lead.id, "withdrawn")
    if now - since > UNDO_FOR or lead.consent != "withdrawn" or (last is not None and last.how == "provider"):
        return False
    return consents.last(conn, lead.id, "given", "confirmed") is not None
