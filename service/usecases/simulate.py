"""A lead's way through a campaign, by the engine itself, on paper: nothing is read, written or sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from service.domain import words
from service.domain.act_words import effect_words
from service.domain.campaign import Definition, MailStep
from service.domain.decision import Act, Exit, Place, Wait
from service.domain.engine import enter
from service.domain.enrollment import Enrollment, Facts
from service.usecases.walk import MOST_DECISIONS, Decided, Know, Path, Walker
from service.usecases.why_then import Because, Notes

__all__ = ["Happening", "Know", "simulate"]


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a simulation. `kind`: sends, waited, waits, holds, branches, splits, does, jumps, skips, leaves or
    ends. `reason` is a guard, a label or a step, or what is done; `because` says in words why a mail leaves later than
    its wait alone (`ready`) would have it."""

    at: int
    kind: str
    step: str
    reason: str = ""
    mail: str = ""
    title: str = ""
    ready: int = 0
    because: tuple[Because, ...] = ()

    @property
    def words(self) -> str:
        """The reason as a person reads it."""
        if self.kind == "sends":
            return "; ".join(each.words for each in self.because)
        if self.kind in ("waits", "holds", "skips"):
            return words.GUARDS[self.reason]
        return words.left_because(self.reason) if self.kind == "leaves" else self.reason


def simulate(
    definition: Definition,
    facts: Facts,
    start: int,
    know: Know | None = None,
    *,
    wakes: Sequence[int] = (),
    phrases: Mapping[int, str] | None = None,
    half_life: int = 0,
) -> list[Happening]:
    """What happens to a lead who enters at `start` (UTC epoch seconds). `know` tells what is known at a later instant
    (a click, a booking), `wakes` are the instants at which a click or an answer begins to count; caps are counted along
    the way. `phrases`: what each of the facts' closed days is. Raises RuntimeError for a campaign that does not end."""
    facts = replace(facts, now=start)
    place = enter(definition, facts, start)
    run = Enrollment(0, facts.lead_id, place.step, 1, start, place.since, place.due)
    walker, notes = Walker(definition, run, facts), Notes(phrases or {})
    happened: list[Happening] = []
    for decided in Path([walker], half_life=half_life, know=know, wakes=wakes).walk(start):
        happened.extend(_told(notes, decided))
    if not walker.ended:
        raise RuntimeError(f"campaign '{definition.key}' does not end within {MOST_DECISIONS} decisions")
    if walker.ended == "completed":
        happened.append(Happening(happened[-1].at if happened else start, "ends", walker.run.step))
    return happened


def _told(notes: Notes, each: Decided) -> list[Happening]:
    now, step = each.at, each.run.step
    ahead = notes.hear(each)
    if ahead is not None:
        return [Happening(now, "sends", step, "", ahead.mail, ahead.title, ahead.ready, ahead.because)]
    match each.decision:
        case Wait(None, guard):
            return [Happening(now, "holds", step, guard)]
        case Wait(_until, "not-yet"):
            return []
        case Wait(_until, guard):
            return [Happening(now, "waits", step, guard)]
        case Act(kind, then, guard, label, effects):
            return [_acted(each, kind, then, guard or "", label, " and ".join(map(effect_words, effects)))]
        case Exit(_guard, reason):
            return [Happening(now, "leaves", step, reason)]
    return []


def _acted(each: Decided, kind: str, then: Place | None, guard: str, label: str, done: str) -> Happening:
    now, step = each.at, each.run.step
    match kind:
        case "branched":
            return Happening(now, "branches", step, label)
        case "split":
            return Happening(now, "splits", step, label)
        case "did":
            return Happening(now, "does", step, done)
        case "jumped":
            return Happening(now, "jumps", step, then.step if then else "")
        case "skipped":
            mail = each.walker.definition.steps[step]
            title = mail.title if isinstance(mail, MailStep) else ""
            return Happening(now, "skips", step, guard, title=title)
    return Happening(now, "waited", step, "the wait is over" if kind == "waited" else "")
