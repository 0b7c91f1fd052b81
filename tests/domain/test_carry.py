"""Publishing while people are on their way: who stays, who moves, and that nothing goes twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.acts import JumpStep
from service.domain.campaign import Arm, BranchStep, Definition, MailStep, Step, WaitStep
from service.domain.carry import carry, changed_steps, reach, repeats
from service.domain.conditions import Clicked
from service.domain.decision import Act, Place, Send, Wait
from service.domain.engine import decide, enter
from service.domain.enrollment import Enrollment, Facts
from service.domain.entry import Entry
from service.domain.timing import DAY, HOUR, MINUTE, Delay, Window, parse_iso
from service.domain.visits import arrive
from tests.support.definitions import definitions, lives, windows
from tests.support.zones import instants

ALWAYS = Window(frozenset(range(7)), 0, 1440)
OFFICE = Window(frozenset(range(5)), 9 * 60, 17 * 60)
TUESDAY = parse_iso("2026-11-24T10:00", "UTC")
FACTS = Facts(zone="UTC", clinic_zone="UTC", cap_day=99, cap_week=99)
some = settings(max_examples=max(20, settings.default.max_examples // 2))


def _series(*steps: Step, window: Window = ALWAYS) -> Definition:
    following = [step.key for step in steps[1:]]
    chained = [
        replace(step, then=then) if step.then is None else step  # type: ignore[arg-type]
        for step, then in zip(steps, [*following, None], strict=True)
    ]
    return Definition("s", "S", Entry("by-hand"), steps[0].key, {step.key: step for step in chained}, window=window)


def _mail(key: str, days: int = 1, **more: Any) -> MailStep:
    return MailStep(key, more.pop("mail", key), key, Delay(days=days), **more)


def _at(step: str, since: int, due: int, visit: int = 1, **visits: int) -> Enrollment:
    return Enrollment(1, 1, step, visit, since, since, due, visits=visits)


ONE, TWO, THREE = _mail("one", 0), _mail("two"), _mail("three")
OLD = _series(ONE, TWO, THREE)
WAITING = _at("two", TUESDAY, TUESDAY + DAY)
HAD = {"one": 1}


def test_a_wait_that_was_not_changed_stays_to_the_second() -> None:
    odd = replace(WAITING, due_at=TUESDAY + DAY + 17)  # held for a moment by a rule
    found = carry(OLD, _series(ONE, replace(TWO, title="Other words"), THREE), odd, HAD, FACTS, TUESDAY + HOUR)
    assert (found.fate, found.place) == ("stays", Place("two", TUESDAY, odd.due_at))


@pytest.mark.parametrize(
    ("days", "minutes", "now", "fate", "due"),
    [
        (0, 30, TUESDAY + HOUR, "now", TUESDAY + HOUR),
        (0, 120, TUESDAY + HOUR, "sooner", TUESDAY + 2 * HOUR),
        (3, 0, TUESDAY + HOUR, "later", TUESDAY + 3 * DAY),
        (1, 0, TUESDAY + HOUR, "stays", TUESDAY + DAY),
    ],
)
def test_a_changed_wait_counts_from_when_it_began(days: int, minutes: int, now: int, fate: str, due: int) -> None:
    new = _series(ONE, replace(TWO, delay=Delay(days, minutes)), THREE)
    found = carry(OLD, new, WAITING, HAD, FACTS, now)
    assert (found.fate, found.place) == (fate, Place("two", TUESDAY, due))


def test_what_is_past_its_shorter_wait_leaves_when_the_window_opens() -> None:
    old, new = (_series(ONE, replace(TWO, delay=Delay(days)), THREE, window=OFFICE) for days in (3, 1))
    saturday = TUESDAY + 4 * DAY
    found = carry(old, new, _at("two", TUESDAY, TUESDAY + 6 * DAY), HAD, FACTS, saturday)
    assert (found.fate, found.place) == ("now", Place("two", TUESDAY, parse_iso("2026-11-30T09:00", "UTC")))


def test_how_long_a_mail_is_overdue_is_not_forgotten() -> None:
    """Otherwise publishing would send what waits for a person."""
    new = _series(ONE, replace(TWO, delay=Delay(minutes=5)), THREE)
    found = carry(OLD, new, WAITING, HAD, FACTS, TUESDAY + 3 * DAY)
    assert (found.fate, found.place) == ("stays", Place("two", TUESDAY, TUESDAY + DAY))


def test_a_removed_step_is_passed_over_and_the_wait_counts_from_the_same_hour() -> None:
    found = carry(OLD, _series(ONE, replace(THREE, delay=Delay(3))), WAITING, HAD, FACTS, TUESDAY + HOUR)
    assert (found.fate, found.place) == ("skips", Place("three", TUESDAY, TUESDAY + 3 * DAY))


def test_a_new_step_in_the_place_of_a_removed_one_is_not_missed() -> None:
    for new in (_series(ONE, _mail("instead"), THREE), _series(ONE, _mail("instead"))):
        found = carry(OLD, new, WAITING, HAD, FACTS, TUESDAY + HOUR)
        assert (found.fate, found.place) == ("skips", Place("instead", TUESDAY, TUESDAY + DAY))


def test_with_nothing_left_to_come_the_run_ends() -> None:
    found = carry(OLD, _series(_mail("zero"), ONE), WAITING, HAD, FACTS, TUESDAY)
    assert (found.fate, found.place) == ("ends", None)


def test_a_step_that_moved_behind_is_not_sent_again() -> None:
    new = _series(TWO, ONE, THREE)
    run = _carried(carry(OLD, new, WAITING, HAD, FACTS, TUESDAY), WAITING, new)
    sent, end = _to_the_end(new, run)
    assert (sent, end) == ([("two", 1), ("three", 1)], "completed")


def test_a_mail_under_another_name_is_not_sent_again() -> None:
    new = _series(TWO, _mail("uno", mail="one"), THREE)
    run = _carried(carry(OLD, new, WAITING, HAD, FACTS, TUESDAY), WAITING, new)
    assert _to_the_end(new, run)[0] == [("two", 1), ("three", 1)]


def test_a_mail_that_is_on_record_already_where_the_run_stands_is_not_sent_again() -> None:
    run = _carried(carry(OLD, OLD, WAITING, {"one": 1, "two": 1}, FACTS, TUESDAY), WAITING, OLD)
    assert _to_the_end(OLD, run)[0] == [("three", 1)]


def test_marks_outlive_a_second_move() -> None:
    first, second = _series(TWO, ONE, THREE), _series(TWO, THREE, ONE)
    run = _carried(carry(OLD, first, WAITING, HAD, FACTS, TUESDAY), WAITING, first)
    run = _carried(carry(first, second, run, HAD, FACTS, TUESDAY), run, second)
    assert _to_the_end(second, run)[0] == [("two", 1), ("three", 1)]


def test_a_fork_looks_at_once_and_its_wait_counts_from_its_beginning() -> None:
    def fork(days: int, link: str = "book") -> Definition:
        asked = BranchStep("fork", (Arm("Looked", Clicked(link), "two"),), "No", Delay(days), then="three")
        steps: dict[str, Step] = {"fork": asked, "two": replace(TWO, then="three"), "three": THREE}
        return Definition("s", "S", Entry("by-hand"), "fork", steps, window=ALWAYS)

    run, now = _at("fork", TUESDAY, TUESDAY + 3 * DAY), TUESDAY + 2 * DAY
    assert carry(fork(3), fork(3), run, {}, FACTS, now) == carry(fork(3), fork(3), run, {}, FACTS, now + HOUR)
    assert carry(fork(3), fork(1), run, {}, FACTS, now).fate == "now"
    assert carry(fork(3), fork(5), run, {}, FACTS, now).fate == "later"
    other = carry(fork(3), fork(3, "read"), run, {}, FACTS, now)
    assert (other.fate, other.place) == ("stays", Place("fork", TUESDAY, now)), "the other question may hold already"


def test_a_series_that_stops_looping_sends_nothing_again() -> None:
    looping = _series(ONE, TWO, JumpStep("again", "one", 3))
    run = _at("two", TUESDAY, TUESDAY + DAY, visit=2, one=2, two=2, again=1)
    new = _series(TWO, ONE)
    moved = _carried(carry(looping, new, run, {"one": 2, "two": 1}, FACTS, TUESDAY), run, new)
    assert _to_the_end(new, moved)[0] == [("two", 2)]


def test_a_step_at_the_end_reaches_who_had_completed() -> None:
    now = TUESDAY + 3 * DAY
    longer = _series(ONE, TWO, THREE, _mail("four", 5))
    assert reach(OLD, longer, "three", TUESDAY, FACTS, now) == Place("four", TUESDAY, TUESDAY + 5 * DAY)
    assert reach(OLD, _series(ONE, TWO, THREE, _mail("four", 1)), "three", TUESDAY, FACTS, now) == Place(
        "four", TUESDAY, now
    )
    assert reach(OLD, _series(ONE, TWO, _mail("four"), THREE), "three", TUESDAY, FACTS, now) is None
    assert reach(OLD, _series(ONE, THREE, TWO), "three", TUESDAY, FACTS, now) is None, "they had it"
    assert reach(OLD, _series(ONE, TWO, _mail("four")), "three", TUESDAY, FACTS, now) is None, "their last step is gone"


def test_the_change_is_told_by_steps() -> None:
    new = _series(ONE, replace(TWO, delay=Delay(2)), _mail("four"))
    assert changed_steps(OLD, new) == (["four"], ["three"], ["two"])


# -- any two definitions -----------------------------------------------------------------------------------------


@st.composite
def edited(draw: st.DrawFn, old: Definition) -> Definition:
    """The same series after an editor's hand: waits changed, steps removed, exchanged and added, another window."""
    steps = dict(old.steps)
    for key in draw(st.lists(st.sampled_from(sorted(steps)), max_size=3, unique=True)):
        if hasattr(steps[key], "delay"):
            delay = Delay(draw(st.integers(0, 6)), draw(st.sampled_from((0, 30, 600))))
            steps[key] = replace(steps[key], delay=delay)  # type: ignore[arg-type]
    if draw(st.booleans()):
        key = draw(st.sampled_from(sorted(steps)))
        then = steps[key].then
        if not isinstance(steps[key], JumpStep) and then != key and len(steps) > 1:
            steps = _without(steps, key)
    if draw(st.booleans()):
        mails = sorted(key for key, step in steps.items() if isinstance(step, MailStep))
        if len(mails) > 1:
            steps = _exchanged(steps, *draw(st.permutations(mails))[:2])
    if draw(st.booleans()):
        key = draw(st.sampled_from(sorted(steps)))
        if type(steps[key]) in (MailStep, WaitStep):
            new = next(name for name in map("new{}".format, range(99)) if name not in old.steps and name not in steps)
            steps[new] = _mail(new, draw(st.integers(0, 4)), then=steps[key].then)
            steps[key] = replace(steps[key], then=new)  # type: ignore[arg-type]
    first = old.first if old.first in steps else next(iter(steps))
    window = draw(windows) if draw(st.booleans()) else old.window
    return replace(old, steps=steps, first=first, window=window)


def _renamed_ways(step: Step, names: dict[str, str | None]) -> Step:
    def to(key: str | None) -> str | None:
        return names.get(key, key) if key is not None else None

    if isinstance(step, BranchStep):
        step = replace(step, arms=tuple(replace(arm, then=to(arm.then)) for arm in step.arms))
    if hasattr(step, "variants"):
        step = replace(step, variants=tuple(replace(way, then=to(way.then)) for way in step.variants))
    if isinstance(step, JumpStep):
        return replace(step, to=to(step.to) or step.key, then=to(step.then))
    return step if type(step).__name__ == "EndStep" else replace(step, then=to(step.then))  # type: ignore[arg-type]


def _without(steps: dict[str, Step], gone: str) -> dict[str, Step]:
    names: dict[str, str | None] = {gone: steps[gone].then}
    kept = {key: _renamed_ways(step, names) for key, step in steps.items() if key != gone}
    if any(isinstance(step, JumpStep) and step.to == step.key for step in kept.values()):
        return steps
    return kept


def _exchanged(steps: dict[str, Step], one: str, other: str) -> dict[str, Step]:
    """The two change places: what led to one leads to the other."""
    names: dict[str, str | None] = {one: other, other: one}
    pointed = {key: _renamed_ways(step, names) for key, step in steps.items()}
    ends = pointed[one].then, pointed[other].then
    pointed[one] = replace(pointed[one], then=ends[1])  # type: ignore[arg-type]
    pointed[other] = replace(pointed[other], then=ends[0])  # type: ignore[arg-type]
    return pointed


def _carried(found: Any, run: Enrollment, new: Definition) -> Enrollment:
    """The run as storage would keep it after the move."""
    place = found.place
    if place.step == run.step:
        return replace(run, since=place.since, due_at=place.due, visits=found.visits)
    visit, visits = arrive(found.visits, run.step, place.step, new.loops)
    return Enrollment(run.id, run.lead_id, place.step, visit, run.entered_at, place.since, place.due, None, visits)


def _to_the_end(
    definition: Definition, run: Enrollment, facts: Facts = FACTS, turns: int = 2_000
) -> tuple[list[tuple[str, int]], str]:
    """What is sent from here on, each with its visit, and how it ends; "going on" after so many turns."""
    sent: list[tuple[str, int]] = []
    for _ in range(turns):
        now = run.due_at
        decision = decide(definition, run, replace(facts, now=now), now)
        match decision:
            case Wait(None):
                return sent, "held"
            case Wait(until):
                assert until is not None
                assert until > now
                run = replace(run, due_at=until)
                continue
            case Send(step):
                sent.append((step.key, run.visit))
            case Act():
                pass
            case _:
                return sent, "left"
        if decision.then is None:
            return sent, "completed"
        there = decision.then
        visit, visits = arrive(run.visits, run.step, there.step, definition.loops)
        run = Enrollment(1, 1, there.step, visit, run.entered_at, there.since, there.due, None, visits)
    return sent, "going on"


def _some_way(definition: Definition, start: int, turns: int, facts: Facts) -> tuple[Enrollment | None, dict[str, int]]:
    """A run that has been through some decisions, and the mails on its record; None where it was over before."""
    place = enter(definition, facts, start)
    run, sent = Enrollment(1, 1, place.step, 1, start, place.since, place.due), dict[str, int]()
    for _ in range(turns):
        decision = decide(definition, run, replace(facts, now=run.due_at), run.due_at)
        if isinstance(decision, Wait):
            if decision.until is None:
                return None, sent
            run = replace(run, due_at=decision.until)
            continue
        if isinstance(decision, Send):
            sent[run.step] = run.visit
        there = getattr(decision, "then", None)
        if there is None:
            return None, sent
        visit, visits = arrive(run.visits, run.step, there.step, definition.loops)
        run = Enrollment(1, 1, there.step, visit, start, there.since, there.due, None, visits)
    return run, sent


@some
@given(st.data(), definitions(), lives(instants, calm=True), st.integers(0, 12), st.integers(-5 * HOUR, 8 * DAY))
def test_no_move_sends_a_mail_twice_and_every_run_ends(
    data: st.DataObject, old: Definition, life: Any, turns: int, ahead: int
) -> None:
    facts = replace(life.facts, cap_day=99, cap_week=99, overdue_after=10**9, slots_open=3)
    run, sent = _some_way(old, life.start, turns, facts)
    if run is None:
        return
    on_record = Counter(sent.items())
    version = old
    for _ in range(data.draw(st.integers(1, 2))):
        new = data.draw(edited(version) | definitions())
        now = run.due_at - ahead
        moved = carry(version, new, run, sent, facts, now)
        assert repeats(new, moved, run, sent) == 0
        if moved.place is None:
            assert moved.fate == "ends"
            return
        assert moved.place.due >= min(now, run.due_at)
        run, version = _carried(moved, run, new), new
    went, end = _to_the_end(version, run, facts)
    assert end in {"completed", "left", "held"}
    on_record.update(went)
    assert max(on_record.values(), default=1) == 1, "the same step and visit went twice"
    if not old.loops and not version.loops:
        assert len(on_record) == len({step for step, _visit in on_record}), "a step went twice"


_orders = st.lists(st.sampled_from("abcdefg"), min_size=1, unique=True)


@some
@given(_orders, st.lists(_orders, min_size=1, max_size=3), st.integers(0, 6))
def test_whatever_the_order_becomes_each_mail_goes_once(old: list[str], orders: list[list[str]], turns: int) -> None:
    version = _series(*(_mail(name) for name in old))
    run, sent = _some_way(version, TUESDAY, turns, FACTS)
    went = list(sent)
    for names in orders:
        if run is None:
            return
        new = _series(*(_mail(name) for name in names))
        moved = carry(version, new, run, sent, FACTS, TUESDAY + turns * DAY)
        assert repeats(new, moved, run, sent) == 0
        run, version = None if moved.place is None else _carried(moved, run, new), new
    if run is not None:
        rest, end = _to_the_end(version, run)
        assert end == "completed"
        assert len(set(went + [key for key, _visit in rest])) == len(went) + len(rest)


@some
@given(definitions(), lives(instants, calm=True), st.integers(0, 25), st.integers(-5 * HOUR, 8 * DAY))
def test_a_version_with_the_same_steps_moves_nobody(old: Definition, life: Any, turns: int, ahead: int) -> None:
    facts = replace(life.facts, cap_day=99, cap_week=99, overdue_after=10**9, slots_open=3)
    run, sent = _some_way(old, life.start, turns, facts)
    if run is None:
        return
    moved = carry(old, replace(old, name="Another name"), run, sent, facts, run.due_at - ahead)
    assert moved.fate == "stays"
    assert moved.place == Place(run.step, run.since, run.due_at)
    same = _to_the_end(old, run, facts)
    assert _to_the_end(old, _carried(moved, run, old), facts) == same


@some
@given(st.integers(0, 5_000), st.integers(0, 5_000), st.integers(0, 6_000))
def test_a_wait_of_any_length_becomes_one_of_any_other(was: int, becomes: int, waited: int) -> None:
    old = _series(ONE, replace(TWO, delay=Delay(minutes=was)))
    new = _series(ONE, replace(TWO, delay=Delay(minutes=becomes)))
    run, now = _at("two", TUESDAY, TUESDAY + was * MINUTE), TUESDAY + waited * MINUTE
    place = carry(old, new, run, HAD, FACTS, now).place
    assert place is not None
    if was == becomes:
        assert place.due == run.due_at
    elif waited >= becomes and waited < was:
        assert place.due == now, "it acts at once"
    elif becomes > waited:
        assert place.due == TUESDAY + becomes * MINUTE, "it counts from when the wait began"
