"""Leaving a series at once, wherever a lead waits. These work inside another use case's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy.engine import Connection

from service.domain.campaign import BranchStep, Definition, Goal
from service.domain.conditions import leaves
from service.domain.entry import Entered
from service.storage import campaigns, enrollment_moves, leads, refusals, runs
from service.storage.runs import RunRow
from service.usecases.kit import Kit


def leave_all(
    conn: Connection,
    lead_id: int,
    reason: str,
    now: int,
    *,
    guard: str = "suppressed",
    marketing_only: bool = True,
    but: Collection[int] = (),
) -> int:
    """Ends the lead's runs (all but the service campaigns, or all); gives how many. `but`: campaigns left alone."""
    found = [run for run in runs.running(conn, lead_id=lead_id) if run.campaign_id not in but]
    if marketing_only:
        kept = _service_campaigns(conn, found)
        found = [run for run in found if run.campaign_id not in kept]
    return end_runs(conn, found, reason, guard, now)


def leave_keyed(conn: Connection, appointment_id: int, reason: str, now: int) -> int:
    """Ends the runs that an appointment had started."""
    return end_runs(conn, runs.running(conn, appointment_id=appointment_id), reason, "superseded", now)


def leave_entered_by(conn: Connection, lead_id: int, on: Entered, reason: str, now: int) -> int:
    """Ends the runs that this kind of occasion had started."""
    found = runs.running(conn, lead_id=lead_id)
    rows = campaigns.by_ids(conn, {run.campaign_id for run in found})
    return end_runs(conn, [run for run in found if rows[run.campaign_id].entry_on == on], reason, "suppressed", now)


def reach_goal(conn: Connection, kit: Kit, lead_id: int, goal: Goal, now: int) -> int:
    """Ends the runs that this goal ends, each by the version that it follows."""
    found = runs.running(conn, lead_id=lead_id)
    if not found:
        return 0
    follows = runs.versions_of(conn, [run.id for run in found])
    versions = kit.library.versions(conn, follows.values())
    met = [run for run in found if _ends_by(versions[follows[run.id]].definition, goal)]
    return end_runs(conn, met, "goal-met", "goal-met", now)


def leave_by_reply(conn: Connection, kit: Kit, lead_id: int, reason: str, now: int) -> int:
    """Ends the marketing runs whose version says that a reply does; gives how many."""
    found = runs.running(conn, lead_id=lead_id)
    if not found:
        return 0
    kept = _service_campaigns(conn, found)
    follows = runs.versions_of(conn, [run.id for run in found])
    versions = kit.library.versions(conn, follows.values())
    ending = [run for run in found if run.campaign_id not in kept and versions[follows[run.id]].definition.reply_ends]
    return end_runs(conn, ending, reason, guard="suppressed", now=now)


def _ends_by(definition: Definition, goal: Goal) -> bool:
    return definition.goal == goal and definition.leave in ("goal", "either")


def wake(
    conn: Connection, kit: Kit, lead_ids: Collection[int], at: int, changed: Collection[type] | None = None
) -> None:
    """Whoever waits at a branch is looked at again at `at`, if one of its conditions is of the kinds that `changed`
    names (None: of any). Nobody else is: an earlier hour would send a mail too soon."""
    waiting = runs.waiting(conn, lead_ids, at)
    if not waiting:
        return
    versions = kit.library.versions(conn, {run.version_id for run in waiting})
    found = [run for run in waiting if _looks_at(versions[run.version_id].definition, run.step, changed)]
    if found:
        leads.lock_many(conn, {run.lead_id for run in found})
        enrollment_moves.wake(conn, [run.id for run in found], at)


def _looks_at(definition: Definition, key: str, changed: Collection[type] | None) -> bool:
    step = definition.steps[key]
    if not isinstance(step, BranchStep):
        return False
    return changed is None or any(type(leaf) in changed for arm in step.arms for leaf in leaves(arm.when))


def _service_campaigns(conn: Connection, runs: Sequence[RunRow]) -> set[int]:
    rows = campaigns.by_ids(conn, {run.campaign_id for run in runs})
    return {row.id for row in rows.values() if row.has_service}


def end_runs(conn: Connection, ending: Sequence[RunRow], reason: str, guard: str, now: int) -> int:
    """Ends these runs, each with its reason on record; gives how many."""
    if not ending:
        return 0
    runs.end(conn, [run.id for run in ending], reason, now)
    refusals.add_many(
        conn,
        [
            {
                "clinic_id": run.clinic_id,
                "lead_id": run.lead_id,
                "enrollment_id": run.id,
                "campaign_id": run.campaign_id,
                "at": now,
                "step": run.step,
                "kind": "exited",
                "guard": guard,
                "reason": reason,
                "until": None,
                "facts": {"due_at": run.due_at},
            }
            for run in ending
        ],
    )
    return len(ending)
