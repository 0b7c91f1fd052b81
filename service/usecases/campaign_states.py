"""Pausing and resuming a campaign. A pause freezes in place: nobody moves, nobody is lost."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from service.domain.campaign import BranchStep
from service.storage import audits, campaigns, enrollment_moves
from service.storage.campaigns import LIVE, PAUSED
from service.usecases.kit import Kit

GUARD = "campaign-paused"


def pause_campaign(kit: Kit, clinic_id: int, campaign_id: int, user_id: int) -> int:
    """Gives how many people wait in place. Pausing twice changes nothing."""
    now = kit.clock()
    with kit.db.write() as conn:
        if not campaigns.set_state(conn, clinic_id, campaign_id, PAUSED, now):
            return 0
        people = enrollment_moves.freeze(conn, campaign_id, GUARD)
        audits.record(conn, clinic_id, user_id, now, "campaign paused", str(campaign_id), {"people": people})
    return people


def resume_campaign(kit: Kit, clinic_id: int, campaign_id: int, user_id: int) -> int:
    """Gives how many people go on from where they stood. Whose mail is overdue by more than the clinic's limit waits
    for a person: the gate sees to that."""
    now = kit.clock()
    with kit.db.write() as conn:
        if not campaigns.set_state(conn, clinic_id, campaign_id, LIVE, None):
            return 0
        people = enrollment_moves.thaw(conn, campaign_id, GUARD)
        _look_at_branches(conn, kit, campaign_id, now)
        audits.record(conn, clinic_id, user_id, now, "campaign resumed", str(campaign_id), {"people": people})
    return people


def _look_at_branches(conn: Connection, kit: Kit, campaign_id: int, now: int) -> None:
    """A click during the pause woke nobody: whoever waits at a branch is looked at once."""
    version_ids = [row.id for row in campaigns.versions_of(conn, campaign_id)]
    for version_id, version in kit.library.versions(conn, version_ids).items():
        steps = version.definition.steps.values()
        branches = [step.key for step in steps if isinstance(step, BranchStep)]
        if branches:
            enrollment_moves.look_again(conn, campaign_id, version_id, branches, now)
