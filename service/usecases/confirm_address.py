"""Confirming an address: its owner's own press, which alone begins a series or takes an unsubscribe back."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.engine import Connection

from service.domain.consent import UNSUBSCRIBED, still_open
from service.domain.lead import ConsentState
from service.storage import consents, events, leads, suppressions
from service.storage.consents import ConsentRow
from service.storage.leads import LeadRow
from service.usecases.enter_signup import enter_signup
from service.usecases.kit import Kit
from service.usecases.leave import reach_goal

KEEPS_A_LIST = frozenset({"sendgrid"})


class Confirmation(StrEnum):
    """Where a question stands: `open` waits for the press, `given` has had it (or needs none), `over` was not answered
    in time, `none` was never put or was taken back."""

    OPEN = "open"
    GIVEN = "given"
    OVER = "over"
    NONE = "none"


def confirmation(conn: Connection, lead: LeadRow, now: int) -> tuple[Confirmation, ConsentRow | None]:
    """Where the lead's question stands, with the ledger's row that put it. Changes nothing."""
    asked = consents.last(conn, lead.id, "asked")
    if lead.consent == ConsentState.GIVEN:
        return Confirmation.GIVEN, asked
    if lead.consent != ConsentState.PENDING or asked is None or lead.minor:
        return Confirmation.NONE, asked
    return (Confirmation.OPEN if still_open(asked.at, now) else Confirmation.OVER), asked


def confirm_address(
    kit: Kit, lead_id: int, *, message_id: int | None = None, page: str | None = None, ip: str | None = None
) -> Confirmation:
    """Records the press, lifts an unsubscribe, ends the asking and enters the series. Pressed twice it is done once."""
    now = kit.clock()
    with kit.db.write() as conn:
        lead = leads.lock(conn, lead_id)
        state, asked = confirmation(conn, lead, now)
        if state is not Confirmation.OPEN or asked is None:
            return state
        consents.record(
            conn,
            clinic_id=lead.clinic_id,
            lead_id=lead.id,
            source_id=asked.source_id,
            kind="confirmed",
            wording=asked.wording,
            version=asked.version,
            how="the button behind the mailed link",
            page=page,
            ip=ip,
            at=now,
        )
        _note(conn, lead, "confirmed", now, message_id)
        reach_goal(conn, kit, lead.id, "confirmed", now)
        if not _provider_first(conn, kit, lead, now):
            if lead.email_key and suppressions.lift(conn, lead.clinic_id, lead.email_key, UNSUBSCRIBED, now):
                _note(conn, lead, "resubscribed", now, message_id)
            enter_signup(conn, kit, lead, now)
        return Confirmation.GIVEN


def _provider_first(conn: Connection, kit: Kit, lead: LeadRow, now: int) -> bool:
    """Where the provider keeps a list of its own, a stop stands here until it is off that list too: what is sent before
    would be dropped, and reported as a new stop."""
    if kit.mail not in KEEPS_A_LIST or lead.email_key is None:
        return False
    return suppressions.ask_provider(conn, lead.clinic_id, lead.email_key, UNSUBSCRIBED, now)


def _note(conn: Connection, lead: LeadRow, kind: str, now: int, message_id: int | None) -> None:
    events.add(conn, clinic_id=lead.clinic_id, lead_id=lead.id, at=now, kind=kind, message_id=message_id)
