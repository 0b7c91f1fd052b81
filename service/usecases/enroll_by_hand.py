"""Entering one lead into a series by hand: any that needs no visit, under the same rules as every other entry."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.domain.campaign import Definition
from service.storage import audits, campaigns, leads, runs
from service.storage.campaigns import SERIES, CampaignRow
from service.storage.users import UserRow
from service.usecases.enroll import Occasion, Refused, enter_many
from service.usecases.kit import Kit

ON_ITS_OWN = frozenset({"opt-in-asked", "red-flag", "letter"})  # nobody is led into these by a person


class NoCampaign(LookupError):
    """The clinic has no such series that somebody could be entered into."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`runs`: the lead is in it now."""

    row: CampaignRow
    definition: Definition
    runs: bool


def show_choices(kit: Kit, clinic_id: int, lead_id: int) -> list[Choice]:
    """By name."""
    with kit.db.read() as conn:
        rows = [row for row in campaigns.of_clinic(conn, clinic_id) if row.kind == SERIES]
        versions = kit.library.versions(conn, {row.version_id for row in rows})
        here = {run.campaign_id for run in runs.running(conn, lead_id=lead_id)}
    found = [Choice(row, versions[row.version_id].definition, row.id in here) for row in rows]
    return sorted((each for each in found if _open(each.definition)), key=lambda each: each.row.name.casefold())


def enroll_by_hand(kit: Kit, user: UserRow, lead_id: int, campaign_id: int) -> Refused | None:
    """Why the series does not take the lead; None when it has. Raises NoCampaign."""
    now = kit.clock()
    with kit.db.write() as conn:
        leads.lock(conn, lead_id)
        row, definition = series_here(conn, kit, user.clinic_id, campaign_id)
        outcome = enter_many(conn, row, definition, [lead_id], Occasion("by-hand"), now)
        if lead_id not in outcome.made:
            return outcome.refused.get(lead_id, "runs-already")
        audits.record(conn, user.clinic_id, user.id, now, "lead enrolled", str(lead_id), {"campaign": row.key})
    return None


def series_here(conn: Connection, kit: Kit, clinic_id: int, campaign_id: int) -> tuple[CampaignRow, Definition]:
    """Raises NoCampaign for one that nobody is led into by a person."""
    row = campaigns.by_ids(conn, [campaign_id]).get(campaign_id)
    if row is None or row.clinic_id != clinic_id or row.kind != SERIES:
        raise NoCampaign
    definition = kit.library.version(conn, row.version_id).definition
    if not _open(definition):
        raise NoCampaign
    return row, definition


def _open(definition: Definition) -> bool:
    return not definition.blank and not definition.entry.keyed and definition.entry.on not in ON_ITS_OWN
