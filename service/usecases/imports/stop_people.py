"""Those of a list who unsubscribed, complained or bounced elsewhere: what they asked for there holds here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.domain.delivery_event import EVERYWHERE
from service.storage import campaigns, consents, events, leads, runs, suppressions
from service.storage.leads import LeadRow
from service.usecases.leave import end_runs

HOW = "list"


@dataclass(frozen=True, slots=True)
class Stop:
    email_key: str
    reason: str  # unsubscribed · hard-bounce · complaint


def stop_people(conn: Connection, clinic_id: int, stops: Sequence[Stop], now: int) -> None:
    """The addresses are suppressed at this clinic, whether or not they are leads here; leads leave their series, and
    whoever unsubscribed has no consent any more."""
    if not stops:
        return
    suppressions.suppress_many(conn, clinic_id, [(stop.email_key, stop.reason) for stop in stops], now)
    known = leads.lock_by_email_keys(conn, clinic_id, [stop.email_key for stop in stops])
    if not known:
        return
    _end_series(conn, known, stops, now)
    asked = [known[stop.email_key] for stop in stops if stop.reason == "unsubscribed" and stop.email_key in known]
    _withdraw(conn, clinic_id, [lead for lead in asked if lead.consent != "withdrawn"], now)


def _end_series(conn: Connection, known: dict[str, LeadRow], stops: Sequence[Stop], now: int) -> None:
    """Visit mails go on for whoever unsubscribed, but not the question whether the address is theirs."""
    found = runs.running(conn, lead_ids=[lead.id for lead in known.values()])
    rows = campaigns.by_ids(conn, {run.campaign_id for run in found})
    for reason in sorted({stop.reason for stop in stops}):
        whose = {known[stop.email_key].id for stop in stops if stop.reason == reason and stop.email_key in known}
        ending = [
            run
            for run in found
            if run.lead_id in whose
            and (
                reason in EVERYWHERE
                or not rows[run.campaign_id].has_service
                or rows[run.campaign_id].entry_on == "opt-in-asked"
            )
        ]
        end_runs(conn, ending, reason, guard="suppressed", now=now)


def _withdraw(conn: Connection, clinic_id: int, people: Sequence[LeadRow], now: int) -> None:
    if not people:
        return
    had = consents.given_wordings(conn, [lead.id for lead in people])
    consents.add_withdrawn(conn, clinic_id, HOW, [(lead.id, had.get(lead.id, "")) for lead in people], now)
    leads.change_many(conn, ("consent", "consent_at"), [("withdrawn", now, lead.id) for lead in people], now)
    events.add_many(
        conn,
        (
            {
                "clinic_id": clinic_id,
                "lead_id": lead.id,
                "at": now,
                "kind": "unsubscribed",
                "data": {"how": HOW, "consent": lead.consent},
            }
            for lead in people
        ),
    )
