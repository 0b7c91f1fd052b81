"""What comes next for somebody, if they go on as they are: the engine itself, asked ahead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from service.domain.campaign import BranchStep, Definition
from service.domain.decision import Act, Exit, Send, Wait
from service.domain.engine import decide
from service.domain.enrollment import Enrollment, Facts
from service.domain.timing import local_day
from service.usecases.simulate import arrived

MOST_DECISIONS = 200


@dataclass(frozen=True, slots=True)
class Ahead:
    """A mail that would leave `at` (UTC epoch seconds). `fork` names the question that is waited for until then."""

    at: int
    step: str
    mail: str
    title: str
    fork: str | None = None


def foresee(definition: Definition, run: Enrollment, facts: Facts, now: int) -> Iterator[Ahead]:
    """The mails ahead in order, with today's facts: no click, no booking, no pause in between. Ends where a person must
    decide. Nothing is read or written."""
    fork: str | None = None
    at = max(now, run.due_at) if not isinstance(definition.steps[run.step], BranchStep) else now
    mailed: list[int] = []
    for _ in range(MOST_DECISIONS):
        decision = decide(definition, run, _then(facts, mailed, at, now), at)
        match decision:
            case Wait(None) | Exit():
                return
            case Wait(until):
                if isinstance(definition.steps[run.step], BranchStep):
                    fork = run.step
                at = max(until or at, at + 1)
                run = replace(run, due_at=until or at)
                continue
            case Send(step, mail, then):
                yield Ahead(at, step.key, mail, step.title, fork)
                mailed.append(local_day(at, facts.zone))
                fork = None
            case Act(_kind, then):
                pass
        if then is None:
            return
        run = arrived(run, then, definition.loops)
        at = max(at, then.due) if not isinstance(definition.steps[run.step], BranchStep) else at


def _then(facts: Facts, mailed: list[int], at: int, now: int) -> Facts:
    """The facts as they would be at `at`: what was sent until today and what would be sent by then."""
    today = local_day(at, facts.zone)
    if today == local_day(now, facts.zone):
        return replace(facts, now=at, sent_today=facts.sent_today + mailed.count(today))
    week = sum(today - 7 < day <= today for day in mailed)
    return replace(facts, now=at, sent_today=mailed.count(today), sent_week=week, stopped=False)
