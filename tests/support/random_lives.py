"""Random lives: facts that change over time, and a driver that ticks late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from service.domain.campaign import Definition
from service.domain.decision import Act, Decision, Exit, Place, Send, Wait
from service.domain.engine import decide, enter
from service.domain.enrollment import Enrollment, Facts
from service.domain.timing import DAY, HOUR, local_day
from tests.support.random_conditions import ANSWERS, LINKS, TAGS
from tests.support.zones import zones

MOST_DECISIONS = 500

_CHANGES: list[tuple[str, st.SearchStrategy[Any]]] = [
    ("goal_at", st.just(0)),
    ("suppressed", st.sampled_from((None, "unsubscribed"))),
    ("undeliverable", st.just("hard-bounce")),
    ("consent", st.booleans()),
    ("address", st.booleans()),
    ("refused_topics", st.frozensets(st.sampled_from(("how", "visit")))),
    ("clicked", st.frozensets(st.sampled_from(LINKS))),
    ("answered", st.frozensets(st.sampled_from(ANSWERS))),
    ("slots_open", st.integers(0, 1)),
    ("stopped", st.booleans()),
    ("superseded", st.booleans()),
    ("paused_until", st.integers(0, 30)),
    ("interest", st.sampled_from((None, "sciatica"))),
    ("tags", st.frozensets(st.sampled_from(TAGS))),
    ("score", st.sampled_from((0.0, 20.0))),
    ("expired_mails", st.frozensets(st.sampled_from(("m0", "m1")))),
]
_change = st.sampled_from(_CHANGES).flatmap(
    lambda named: st.tuples(st.integers(0, 40 * DAY), st.just(named[0]), named[1])
)
_calm = [named for named in _CHANGES if named[0] in {"clicked", "answered", "slots_open", "paused_until"}]
_calm_change = st.sampled_from(_calm).flatmap(
    lambda named: st.tuples(st.integers(0, 40 * DAY), st.just(named[0]), named[1])
)


@dataclass(frozen=True)
class Life:
    """A lead's facts over time, and how late the tick is at each decision."""

    start: int
    facts: Facts
    changes: tuple[tuple[int, str, Any], ...]
    lateness: tuple[int, ...]

    def at(self, now: int) -> Facts:
        seen = replace(self.facts)
        for after, name, value in sorted(self.changes, key=lambda change: change[0]):
            if self.start + after <= now:
                days = {"paused_until": lambda v, a=after: self.start + a + v * DAY, "goal_at": lambda _v: self.start}
                setattr(seen, name, days[name](value) if name in days else value)
        return seen

    def next_change(self, now: int) -> int | None:
        return min((self.start + after for after, _n, _v in self.changes if self.start + after > now), default=None)


_lateness = st.lists(st.sampled_from((0, 0, 0, 1, 700, 2 * HOUR, 11 * HOUR)), min_size=1, max_size=6).map(tuple)


@st.composite
def lives(draw: st.DrawFn, instants: st.SearchStrategy[int], calm: bool = False) -> Life:
    start = draw(instants)
    facts = Facts(
        zone=draw(zones),
        clinic_zone=draw(zones),
        anchors={"appointment": start + draw(st.integers(-2 * DAY, 30 * DAY))},
        cap_day=draw(st.integers(1, 2)),
        cap_week=draw(st.integers(1, 4)),
        overdue_after=12 * HOUR,
    )
    changes = draw(st.lists(_calm_change if calm else _change, max_size=5).map(tuple))
    return Life(start, facts, changes, draw(_lateness))


@dataclass
class Run:
    """What happened: every decision with the instant and the facts that it was given."""

    decided: list[tuple[int, Enrollment, Facts, Decision]] = field(default_factory=list)
    end: str = ""

    @property
    def sends(self) -> list[tuple[int, Send, Facts]]:
        return [(now, found, facts) for now, _run, facts, found in self.decided if isinstance(found, Send)]


def as_is(_now: int, facts: Facts) -> Facts:
    return facts


def drive(  # noqa: C901 - one arm a decision
    definition: Definition, life: Life, look: Callable[[int, Facts], Facts] = as_is
) -> Run:
    """Ticks at each due instant, late by what the life says, until the series ends or waits for a person."""
    run, mailed = Run(), list[int]()
    place = enter(definition, life.at(life.start), life.start)
    visits: dict[str, int] = {}
    enrollment = _stand(place, life.start, visits)
    now = life.start
    for turn in range(MOST_DECISIONS):
        # A tick that is late for ever would never meet a short window.
        now = max(now, enrollment.due_at) + (life.lateness[turn] if turn < len(life.lateness) else 0)
        facts = look(now, life.at(now))
        today = local_day(now, facts.zone)
        facts.sent_today = sum(day == today for day in mailed)
        facts.sent_week = sum(today - 7 < day <= today for day in mailed)
        decision = decide(definition, enrollment, facts, now)
        run.decided.append((now, replace(enrollment), facts, decision))
        match decision:
            case Exit():
                run.end = "left"
                return run
            case Wait(None):
                run.end = "held"
                return run
            case Wait(_until, "brake"):
                ahead = life.next_change(now)
                if ahead is None:  # nobody starts the clinic again
                    run.end = "held"
                    return run
                enrollment = replace(enrollment, due_at=ahead)
                continue
            case Wait(until, _guard, holds):
                assert until is not None
                held = (enrollment.held_at or now) if holds else enrollment.held_at
                enrollment = replace(enrollment, due_at=until, held_at=held)
                continue
            case Send(step):
                if not step.service:
                    mailed.append(today)
            case Act():
                pass
        if decision.then is None:
            run.end = "completed"
            return run
        enrollment = _stand(decision.then, life.start, visits)
    raise AssertionError("it never ends")


def _stand(place: Place, entered_at: int, visits: dict[str, int]) -> Enrollment:
    visits[place.step] = visits.get(place.step, 0) + 1
    return Enrollment(1, 1, place.step, visits[place.step], entered_at, place.since, place.due)
