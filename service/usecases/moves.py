"""Rows that move an enrollment or tell why it did not send: one shape for the tick and for a person's hand."""

from __future__ import annotations

from typing import Any

from service.domain.decision import Act, Decision, Exit, Place, Send, Wait
from service.domain.enrollment import EnrollmentState, Facts
from service.domain.visits import arrive
from service.storage import enrollment_moves
from service.storage.database import dumps
from service.storage.enrollments import DueRow

_SINCE = enrollment_moves.MOVED.index("since")


def move(
    row: DueRow,
    state: EnrollmentState,
    place: Place | None = None,
    *,
    ended: int | None = None,
    reason: str | None = None,
    loops: bool = False,
) -> dict[str, Any]:
    """To `place`, or to a new state where it stands; whatever held it is over. `loops`: the series may come to a step
    again, so its steps are counted."""
    visit, visits = row.visit, row.visits
    if place is not None:
        visit, counted = arrive(row.visits or {}, row.step, place.step, loops)
        visits = counted or None
    return {
        "row_id": row.id,
        "to_state": int(state),
        "to_step": place.step if place else row.step,
        "to_visit": visit,
        "to_visits": visits,
        "to_since": place.since if place else row.since,
        "to_due": place.due if place else row.due_at,
        "to_held": None,
        "to_guard": None,
        "to_ended": ended,
        "to_reason": reason,
    }


def wait(row: DueRow, until: int | None, guard: str, holds: bool, now: int) -> dict[str, Any]:
    """Stays on its step until `until`; None: until a person decides."""
    waiting = move(row, EnrollmentState.PAUSED if until is None else EnrollmentState.ACTIVE)
    waiting["to_due"] = row.due_at if until is None else until
    waiting["to_guard"] = guard
    waiting["to_held"] = (row.held_at or now) if holds else row.held_at
    return waiting


def forward(row: DueRow, place: Place | None, now: int, loops: bool = False) -> dict[str, Any]:
    """On to `place`, or to the end of the series."""
    if place is not None:
        return move(row, EnrollmentState.ACTIVE, place, loops=loops)
    return move(row, EnrollmentState.COMPLETED, ended=now, reason="completed")


Template = tuple[tuple[Any, ...], int | None, tuple[Any, ...]]


def decided(row: DueRow, decision: Decision, loops: bool, now: int) -> Template:
    """What a decision moves, as the columns of enrollment_moves.MOVED before `since`, `since` (None: the run's own),
    and those behind it but the run's id."""
    match decision:
        case Send(_, _, then) | Act(_, then):
            moved = forward(row, then, now, loops)
        case Wait(until, guard, holds):
            then, moved = None, wait(row, until, guard, holds, now)
        case Exit(_, reason):
            then, moved = None, move(row, EnrollmentState.EXITED, ended=now, reason=reason)
    found = enrollment_moves.as_row(moved)
    return found[:_SINCE], None if then is None else then.since, found[_SINCE + 1 : -1]


def completed(row: DueRow, campaign: str, now: int) -> dict[str, Any]:
    """A row of `event`, for whoever reached the end; `campaign` is its key."""
    return {
        "clinic_id": row.clinic_id,
        "lead_id": row.lead_id,
        "at": now,
        "kind": "completed",
        "enrollment_id": row.id,
        "data": {"campaign": campaign},
    }


def refused(
    row: DueRow, facts: Facts, kind: str, guard: str, reason: str, until: int | None, now: int
) -> dict[str, Any]:
    """A row of `refusal`, without its id."""
    return {
        "clinic_id": row.clinic_id,
        "lead_id": row.lead_id,
        "enrollment_id": row.id,
        "campaign_id": row.campaign_id,
        "at": now,
        "step": row.step,
        "kind": kind,
        "guard": guard,
        "reason": reason,
        "until": until,
        "facts": why(row, facts),
    }


def why(row: DueRow, facts: Facts) -> dict[str, Any]:
    """What a decision rests on, as the lead's page tells it later."""
    return {"due_at": row.due_at, "since": row.since, "consent_at": row.consent_at, **_rest(row, facts)}


def why_rest(row: DueRow, facts: Facts) -> str:
    """The part of `why` that all have in common who were decided on at once."""
    return dumps(_rest(row, facts))[1:]


def why_text(row: DueRow, rest: str) -> str:
    """`why` as JSON."""
    given = "null" if row.consent_at is None else row.consent_at
    return f'{{"consent_at":{given},"due_at":{row.due_at},"since":{row.since},{rest}'


def _rest(row: DueRow, facts: Facts) -> dict[str, Any]:
    found: dict[str, Any] = {
        "zone": row.zone,
        "sent_today": facts.sent_today,
        "sent_week": facts.sent_week,
        "cap_day": facts.cap_day,
        "cap_week": facts.cap_week,
        "paused_until": facts.paused_until,
        "goal_at": facts.goal_at,
        "slots_open": facts.slots_open,
        "waited_for": row.guard,
        "clicked": sorted(facts.clicked),
    }
    if (full := facts.day_full) is not None:
        found["pace"] = {"mails": full.mails, "most": full.most, "warming": full.warming}
    return found
