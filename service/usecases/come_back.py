"""What becomes of a message that comes back: it passes the whole gate again, as if it were due now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.campaign import Definition, MailStep
from service.domain.decision import Decision, Send, Wait
from service.domain.engine import decide
from service.domain.enrollment import Enrollment, Facts
from service.domain.gate import BRAKE_RECHECK
from service.domain.timing import DAY
from service.storage import planned
from service.storage.enrollments import DueRow
from service.storage.messages import MessageRow
from service.usecases.compose import Composed, Composer, Uncomposable
from service.usecases.kit import Kit

DECIDE_WITHIN = 5 * DAY
UNDECIDED = "it was overdue, and nobody decided within 5 days"
OTHERS = frozenset({"brake", "content-expired"})  # what holds it meanwhile does not make a late mail timely


@dataclass(frozen=True, slots=True)
class Rest:
    """It stays planned until `until`. `held`: until a person decides. `ours`: the rules hold it, and it is not overdue
    for that."""

    until: int
    held: bool = False
    ours: bool = False


What = Composed | str | Rest  # it goes, a reason to drop it, or it rests


def resting(now: int) -> Rest:
    """While its campaign is paused, or the brake of its clinic is on."""
    return Rest(now + BRAKE_RECHECK)


def come_back(
    kit: Kit,
    composer: Composer,
    definitions: Mapping[int, Definition],
    row: MessageRow,
    run: DueRow,
    facts: Facts,
    now: int,
) -> What:
    """`run` as it stood at the step of this message."""
    if row.reason == planned.OVERDUE:
        return UNDECIDED
    match _gate(definitions[row.version_id], row, run, facts, now):
        case Send():
            return _compose(kit, composer, row, run, facts)
        case Wait(None, "overdue"):
            return Rest(now + DECIDE_WITHIN, held=True)
        case Wait(None, "brake"):
            return resting(now)
        case Wait(until, guard):
            return Rest(now + DAY if until is None else until, ours=guard not in OTHERS)
        case refused:
            return getattr(refused, "reason", None) or getattr(refused, "guard", None) or "skipped"


def _gate(definition: Definition, row: MessageRow, run: DueRow, facts: Facts, now: int) -> Decision:
    """The engine's own gate. It grows overdue from when it was first owed; a cap or missing slots hold it for seven
    days from when it was recorded."""
    step = definition.steps[row.step]
    if not isinstance(step, MailStep):
        raise TypeError(f"step '{row.step}' sends nothing")
    if row.useful_until is not None and now >= row.useful_until:
        facts.undeliverable = "too-late"
    owed = min(now, planned.owed_since(row))
    enrollment = Enrollment(run.id, run.lead_id, row.step, row.visit, run.entered_at, owed, owed, row.created_at)
    return decide(definition, enrollment, facts, now)


def _compose(kit: Kit, composer: Composer, row: MessageRow, run: DueRow, facts: Facts) -> Composed | str:
    try:
        return composer.compose(
            run,
            facts,
            row.mail,
            step=row.step,
            visit=row.visit,
            token=kit.links.mint("message", row.id),
            kept=dict(row.values) if row.values else None,
            resend=True,
        )
    except Uncomposable:
        return "content-broken"
