"""A lead's runs walked ahead together, instant by instant, by the engine itself and in the order of the tick: whoever
is due is decided on by the facts of that instant, and of two mails that meet one cap the campaign of higher priority
goes first. Simulation, forecast and the desk's "next" all stand on it. Nothing is read or written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import exp2

from service.domain.acts import AddScore, AddTag, Effect, LeaveCampaign, RemoveTag, SetField
from service.domain.campaign import BranchStep, Definition
from service.domain.conditions import Did, Happened
from service.domain.decision import Act, Decision, Exit, Place, Send, Wait
from service.domain.engine import decide
from service.domain.enrollment import Enrollment, Facts
from service.domain.scoring import LEAST
from service.domain.timing import DAY, local_day
from service.domain.visits import arrive
from service.usecases.knowledge import date_anchors

MOST_DECISIONS = 1_000
Know = Callable[[int, Facts], Facts]


@dataclass(slots=True)
class Walker:
    """A run on its way. `facts` are its own: the walk writes into them. `ended`: why it goes on no further."""

    definition: Definition
    run: Enrollment
    facts: Facts
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided for a run, which stood at `run`, at an instant. `lost`: its mail gave way to one of higher
    priority that took the day's last place at that very instant."""

    at: int
    walker: Walker
    run: Enrollment
    decision: Decision
    lost: bool = False


@dataclass(slots=True)
class Path:
    """One lead's walk. `mailed` holds the local day of each marketing mail of the last eight days; `half_life` is that
    of the score, in days. `know` tells what else is known at an instant; `wakes` are the instants at which that changes
    and whoever waits at a branch looks again."""

    walkers: Sequence[Walker]
    mailed: list[int] = field(default_factory=list)
    half_life: int = 0
    know: Know | None = None
    wakes: Sequence[int] = ()

    def walk(self, start: int, until: int | None = None, most: int = MOST_DECISIONS) -> Iterator[Decided]:
        """All that is decided from `start` up to `until` (UTC epoch seconds), in order. Ends after `most` decisions: a
        walker that is not `ended` then would have gone on."""
        now, seen = start, 0
        while going := [each for each in self.walkers if not each.ended]:
            now = max(now, min(each.run.due_at for each in going))
            if until is not None and now > until:
                return
            due = [each for each in going if each.run.due_at <= now]
            for decided in self._round(due, now):
                seen += 1
                yield decided
            if seen >= most:
                return

    def _round(self, due: list[Walker], now: int) -> list[Decided]:
        """One batch of the tick: all see the same facts, then the mails take their places by priority."""
        today = local_day(now, due[0].facts.zone)
        counts = self._counts(today)
        met = [Decided(now, each, each.run, self._decide(each, now, *counts)) for each in due]
        if len(met) > 1:
            met.sort(key=lambda each: (-each.walker.definition.priority, each.run.due_at, each.run.id))
        rest, effects = self._claim(met, today), list[Effect]()
        for each in rest:
            if not each.lost:
                effects += self._move(each)
        for effect in effects:
            self._perform(effect)
        self._mail(sum(isinstance(each.decision, Send) and not each.lost for each in rest), now)
        return rest

    def _counts(self, today: int) -> tuple[int, int]:
        return self.mailed.count(today), sum(today - 7 < day <= today for day in self.mailed)

    def _decide(self, walker: Walker, now: int, sent_today: int, sent_week: int) -> Decision:
        facts = walker.facts
        if self.half_life and facts.score:
            faded = facts.score * exp2((facts.now - now) / (self.half_life * DAY))
            facts.score = faded if faded >= LEAST else 0.0
        facts.now, facts.sent_today, facts.sent_week = now, sent_today, sent_week
        if self.know is not None:
            walker.facts = facts = self.know(now, facts)
        return decide(walker.definition, walker.run, facts, now)

    def _claim(self, met: Sequence[Decided], today: int) -> list[Decided]:
        """A mail that finds the day full is decided on again at once, when the others have gone."""
        first, gone, found = self.mailed.count(today), 0, []
        for each in met:
            match each.decision:
                case Send(step) if not step.service:
                    facts = each.walker.facts
                    room = min(facts.cap_day, facts.sent_today + facts.cap_week - facts.sent_week)
                    if first + gone >= room:
                        found.append(replace(each, lost=True))
                        continue
                    gone += 1
            found.append(each)
        self.mailed += [today] * gone
        return found

    def _move(self, each: Decided) -> tuple[Effect, ...]:
        walker, run = each.walker, each.run
        match each.decision:
            case Wait(None, guard):
                walker.ended = guard
            case Wait(int(until), _guard, holds):
                held = (run.held_at or each.at) if holds else run.held_at
                walker.run = _waiting(run, self._woken(walker, each.at, until), held)
            case Exit(_guard, reason):
                walker.ended = reason
            case Send(then=None) | Act(then=None):
                walker.ended = "completed"
            case Send(then=Place() as then) | Act(then=Place() as then):
                walker.run = arrived(run, then, walker.definition.loops)
        return each.decision.effects if isinstance(each.decision, Act) else ()

    def _woken(self, walker: Walker, now: int, until: int) -> int:
        """A click or an answer is looked at when it counts, not when the wait is over."""
        if not isinstance(walker.definition.steps[walker.run.step], BranchStep):
            return until
        return min((at for at in self.wakes if now < at < until), default=until)

    def _mail(self, sent: int, now: int) -> None:
        """A mail that goes is a deed that a later step may ask for."""
        for walker in self.walkers if sent else ():
            if Did in walker.definition.asks:
                walker.facts.events = [*walker.facts.events, *[Happened("mailed", None, now)] * sent]

    def _perform(self, effect: Effect) -> None:
        for walker in self.walkers:
            facts = walker.facts
            match effect:
                case SetField(name, value):
                    facts.fields = {**facts.fields, name: value}
                    dates = date_anchors(walker.definition, facts.fields, facts.zone)
                    facts.anchors = {**facts.anchors, **dates}
                case AddTag(tag):
                    facts.tags |= {tag}
                case RemoveTag(tag):
                    facts.tags -= {tag}
                case AddScore(points):
                    score = facts.score + points
                    facts.score = score if score >= LEAST else 0.0
                case LeaveCampaign(key) if walker.definition.key == key and not walker.ended:
                    walker.ended = "led-out"


def _waiting(run: Enrollment, due: int, held: int | None) -> Enrollment:
    return Enrollment(run.id, run.lead_id, run.step, run.visit, run.entered_at, run.since, due, held, run.visits)


def arrived(run: Enrollment, there: Place, loops: bool) -> Enrollment:
    """The run as it stands once it has moved on."""
    visit, visits = arrive(run.visits, run.step, there.step, loops)
    return Enrollment(run.id, run.lead_id, there.step, visit, run.entered_at, there.since, there.due, None, visits)
