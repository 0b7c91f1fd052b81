"""A lead's way through a campaign, by the engine itself, on paper: nothing is read, written or sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from service.domain.act_words import effect_words
from service.domain.campaign import Definition, MailStep
from service.domain.decision import Act, Exit, Place, Send, Wait
from service.domain.engine import decide, enter
from service.domain.enrollment import Enrollment, Facts
from service.domain.timing import local_day
from service.domain.visits import arrive

MOST_STEPS = 1_000
Know = Callable[[int, Facts], Facts]


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a simulation. `kind`: sends, waits, holds, branches, does, jumps, skips, leaves or ends."""

    at: int
    kind: str
    step: str
    reason: str = ""
    mail: str = ""
    title: str = ""


def as_is(_now: int, facts: Facts) -> Facts:
    return facts


def simulate(definition: Definition, facts: Facts, start: int, know: Know = as_is) -> list[Happening]:
    """What happens to a lead who enters at `start` (UTC epoch seconds). `know` tells what is known at a later instant
    (a click, a booking); caps are counted along the way."""
    happened: list[Happening] = []
    mailed: list[int] = []
    place = enter(definition, facts, start)
    run = Enrollment(0, facts.lead_id, place.step, 1, start, place.since, place.due)
    now = max(start, place.due)
    for _ in range(MOST_STEPS):
        today = local_day(now, facts.zone)
        seen = replace(
            know(now, facts),
            now=now,
            sent_today=sum(day == today for day in mailed),
            sent_week=sum(today - 7 < day <= today for day in mailed),
        )
        decision = decide(definition, run, seen, now)
        happened.extend(_told(definition, run, decision, now))
        match decision:
            case Send(step, _mail, then):
                if not step.service:
                    mailed.append(today)
            case Act(_kind, then):
                pass
            case Wait(until, _guard, holds):
                if until is None:
                    return happened
                held = run.held_at if not holds else (run.held_at or now)
                run = replace(run, due_at=until, held_at=held)
                now = until
                continue
            case Exit():
                return happened
        if then is None:
            happened.append(Happening(now, "ends", run.step))
            return happened
        run = arrived(run, then, definition.loops)
        now = max(now, then.due)
    raise RuntimeError(f"campaign '{definition.key}' does not end within {MOST_STEPS} decisions")


def arrived(run: Enrollment, there: Place, loops: bool) -> Enrollment:
    """The run as it stands once it has moved on."""
    visit, visits = arrive(run.visits, run.step, there.step, loops)
    return replace(run, step=there.step, visit=visit, visits=visits, since=there.since, due_at=there.due, held_at=None)


def _told(definition: Definition, run: Enrollment, decision: object, now: int) -> list[Happening]:
    match decision:
        case Send(step, mail, _then):
            return [Happening(now, "sends", step.key, mail=mail, title=step.title)]
        case Wait(None, guard):
            return [Happening(now, "holds", run.step, guard)]
        case Wait(_until, "not-yet"):
            return []
        case Wait(_until, guard):
            return [Happening(now, "waits", run.step, guard)]
        case Act("branched" | "split", _then, _guard, label):
            return [Happening(now, "branches", run.step, label)]
        case Act("did", _then, _guard, _label, effects):
            return [Happening(now, "does", run.step, " and ".join(effect_words(effect) for effect in effects))]
        case Act("jumped", Place() as to):
            return [Happening(now, "jumps", run.step, to.step)]
        case Act("skipped", _then, guard):
            return [Happening(now, "skips", run.step, guard or "", title=_title(definition, run.step))]
        case Exit(_guard, reason):
            return [Happening(now, "leaves", run.step, reason)]
    return []


def _title(definition: Definition, key: str) -> str:
    step = definition.steps[key]
    return step.title if isinstance(step, MailStep) else ""
