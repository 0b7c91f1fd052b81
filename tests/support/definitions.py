"""Random series and random lives: definitions, facts that change over time, and a driver that ticks late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from service.domain.acts import DoStep, EndStep, JumpStep
from service.domain.campaign import Anchor, Arm, BranchStep, Definition, MailStep, Step, WaitStep
from service.domain.conditions import (
    Answered,
    Clicked,
    Condition,
    Confirmed,
    Did,
    Field,
    Group,
    Happened,
    Interested,
    Not,
    Scored,
    Tagged,
)
from service.domain.decision import Act, Decision, Exit, Place, Send, Wait
from service.domain.engine import decide, enter
from service.domain.enrollment import Enrollment, Facts
from service.domain.entry import Entry
from service.domain.timing import DAY, HOUR, Delay, Hour, Window, local_day
from tests.support.act_steps import effects, split
from tests.support.zones import zones

LINKS = ("book", "read")
ANSWERS = ("price", "needles")
TAGS = ("vip", "warm lead")
VALUES = ("aetna", "none: yet")
MOST_DECISIONS = 500

_leaves = (
    st.builds(Clicked, st.sampled_from(LINKS))
    | st.builds(Answered, st.sampled_from(ANSWERS))
    | st.builds(Confirmed, st.booleans())
    | st.builds(Interested, st.sampled_from(("sciatica", "neck-pain")))
    | st.builds(Tagged, st.sampled_from(TAGS))
    | st.builds(Scored, st.sampled_from(("at-least", "at-most")), st.sampled_from((-2.5, 0.0, 20.0)))
    | st.builds(Field, st.just("insurance"), st.sampled_from(("is", "is-not", "contains")), st.sampled_from(VALUES))
    | st.builds(Field, st.just("insurance"), st.sampled_from(("known", "unknown")))
    | st.builds(Field, st.just("age"), st.sampled_from(("at-least", "at-most")), st.sampled_from(("9", "30")))
    | st.builds(Field, st.just("interest"), st.just("one-of"), values=st.just(VALUES))
    | st.builds(
        Did, st.just("clicked"), st.sampled_from((None, *LINKS)), st.sampled_from((None, 14)), st.integers(1, 3)
    )
    | st.builds(Did, st.sampled_from(("booked", "mailed")), days=st.sampled_from((None, 90)), times=st.integers(1, 2))
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    _leaves,
    lambda part: (
        st.builds(Not, part)
        | st.builds(Group, st.sampled_from(("all", "any")), st.lists(part, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=4,
)
known = st.builds(
    Facts,
    zone=st.just("UTC"),
    clinic_zone=st.just("UTC"),
    clicked=st.frozensets(st.sampled_from(LINKS)),
    answered=st.frozensets(st.sampled_from(ANSWERS)),
    confirmed=st.booleans(),
    interest=st.sampled_from((None, "sciatica", "neck-pain")),
    now=st.just(1_800_000_000),
    tags=st.frozensets(st.sampled_from(TAGS)),
    score=st.sampled_from((-3.0, 0.0, 20.0)),
    fields=st.fixed_dictionaries({}, optional={"insurance": st.sampled_from(VALUES), "age": st.just("30")}),
    events=st.lists(
        st.builds(
            Happened,
            st.sampled_from(("clicked", "booked")),
            st.sampled_from((None, *LINKS)),
            st.integers(1_790_000_000, 1_800_000_000),
        ),
        max_size=3,
    ),
)
delays = st.builds(Delay, st.integers(0, 6), st.sampled_from((0, 0, 30, 90, 600)))
windows = st.builds(
    lambda days, bounds, zone: Window(frozenset(days), bounds[0] * 15, bounds[1] * 15, zone),
    st.sets(st.integers(0, 6), min_size=1),
    st.lists(st.integers(0, 96), min_size=2, max_size=2, unique=True).map(sorted),
    st.sampled_from(("lead", "clinic")),
)


waits = delays.filter(lambda delay: not delay.none)
hours = st.builds(Hour, st.integers(0, 1_439), st.frozensets(st.integers(0, 6), min_size=1))


@st.composite
def definitions(draw: st.DrawFn, anchors: bool = True, slots: bool = True, acts: bool = True) -> Definition:
    """A series of at most some twenty steps of every kind, as a campaign file could give it."""
    steps: dict[str, Step] = {}
    kinds = "mmmw" + "btjd" * acts + "b" * (not acts)
    first = _chain(draw, steps, None, 0, anchors, slots, kinds)
    if first is None:
        steps["m0"] = MailStep("m0", "m0", "m0", draw(delays), topic="how")
        first = "m0"
    return Definition("series", "Series", Entry("by-hand"), first, steps, window=draw(windows))


def _chain(
    draw: st.DrawFn,
    steps: dict[str, Step],
    after: str | None,
    depth: int,
    anchors: bool,
    slots: bool,
    kinds: str,
    may_end: bool = False,
) -> str | None:
    """Some steps that lead to `after`, made from the last one on; `may_end`: the series may end with them."""
    then = after
    if may_end and draw(st.integers(0, 4)) == 0:
        then = f"e{len(steps)}"
        steps[then] = EndStep(then)
    for kind in draw(
        st.lists(st.sampled_from(kinds if depth < 2 else [k for k in kinds if k not in "bt"]), max_size=5)
    ):
        key = f"{kind}{len(steps)}"
        steps[key] = WaitStep(key)  # takes the name, so that steps within have others

        def way(may_end: bool, then: str | None = then) -> str | None:
            return _chain(draw, steps, then, depth + 1, anchors, slots, kinds, may_end)

        if kind == "m":
            steps[key] = _mail(draw, key, then, anchors, slots)
        elif kind == "w":
            steps[key] = _wait(draw, key, then)
        elif kind == "d":
            steps[key] = DoStep(key, (draw(effects),), then)
        elif kind == "j":
            key = _loop(draw, steps, key, then, anchors, slots)
        elif kind == "t":
            steps[key] = split(draw, key, then, lambda way=way: way(True))
        else:
            steps[key] = _branch(draw, key, then, way, "t" in kinds)
        then = key
    return then


def _branch(draw: st.DrawFn, key: str, then: str | None, way: Callable[[bool], str | None], ends: bool) -> BranchStep:
    asked = draw(st.lists(conditions, min_size=1, max_size=2, unique=True))
    arms = tuple(Arm(f"arm {number}", when, way(ends)) for number, when in enumerate(asked))
    return BranchStep(key, arms, "otherwise", draw(delays), draw(delays), way(False))


def _wait(draw: st.DrawFn, key: str, then: str | None) -> WaitStep:
    if draw(st.booleans()):
        return WaitStep(key, draw(waits), then=then)
    return WaitStep(key, draw(delays), hour=draw(hours), then=then)


def _loop(draw: st.DrawFn, steps: dict[str, Step], key: str, then: str | None, anchors: bool, slots: bool) -> str:
    """A wait, a mail, and a jump back to the wait; gives the first one's key."""
    begin, mail = f"w{key}", f"m{key}"
    steps[key] = JumpStep(key, begin, draw(st.integers(1, 3)), then)
    steps[mail] = _mail(draw, mail, key, anchors, slots)
    steps[begin] = WaitStep(begin, draw(waits), then=mail)
    return begin


def _mail(draw: st.DrawFn, key: str, then: str | None, anchors: bool, slots: bool) -> MailStep:
    anchored = anchors and draw(st.integers(0, 5)) == 0
    needs_slots = slots and draw(st.integers(0, 4)) == 0
    return MailStep(
        key=key,
        mail=key,
        title=key,
        delay=Delay() if anchored else draw(delays),
        anchor=Anchor("appointment", draw(delays), draw(st.booleans()), draw(st.booleans())) if anchored else None,
        at_once=draw(st.integers(0, 5)) == 0,
        service=draw(st.integers(0, 5)) == 0,
        topic=draw(st.sampled_from(("how", "visit"))),
        needs_slots=needs_slots,
        without_slots=f"{key}-no-slots" if needs_slots else None,
        then=then,
    )


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
