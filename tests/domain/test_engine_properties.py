"""Whatever the series, the zone and the life: what the engine never does, and always does."""

from copy import deepcopy
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.campaign import Definition, MailStep
from service.domain.decision import Act, Exit, Send, Wait
from service.domain.engine import decide
from service.domain.enrollment import Facts
from service.domain.entry import Entry
from service.domain.timing import DAY, HOUR, Delay, Window, later, local, local_day, opening
from tests.support.definitions import Life, definitions, drive, lives
from tests.support.zones import instants, zones

series, life_of = definitions(), lives(instants)
some = settings(max_examples=max(15, settings.default.max_examples // 5))


@some
@given(series, life_of)
def test_it_always_ends_or_waits_for_a_person(definition: Definition, life: Life) -> None:
    run = drive(definition, life)
    assert run.end in {"completed", "left", "held"}
    for now, _enrollment, _facts, decision in run.decided:
        if isinstance(decision, Wait) and decision.until is not None:
            assert decision.until > now, "a wait that is over already would turn in place"


@some
@given(series, life_of)
def test_it_sends_nothing_that_the_gate_forbids(definition: Definition, life: Life) -> None:
    for now, send, facts in drive(definition, life).sends:
        step = send.step
        assert facts.goal_at is None
        assert not facts.superseded
        assert facts.address
        assert facts.undeliverable is None
        assert not facts.stopped
        assert step.mail not in facts.expired_mails
        if not step.service:
            assert facts.consent
            assert facts.suppressed is None
            assert step.topic not in facts.refused_topics
            assert facts.paused_until is None or facts.paused_until <= now
        if send.mail == step.mail and step.needs_slots:
            assert facts.slots_open


@some
@given(series, life_of)
def test_it_sends_in_the_window_only_unless_at_once(definition: Definition, life: Life) -> None:
    for now, send, facts in drive(definition, life).sends:
        zone = facts.zone if definition.window.zone == "lead" else facts.clinic_zone
        assert send.step.at_once or definition.window.holds(local(now, zone))


@some
@given(series, life_of)
def test_it_sends_no_step_twice_and_nothing_before_its_hour(definition: Definition, life: Life) -> None:
    run = drive(definition, life)
    sent = [(run.step, run.visit) for _now, run, _facts, decision in run.decided if isinstance(decision, Send)]
    assert len(sent) == len(set(sent))
    for now, enrollment, _facts, decision in run.decided:
        assert not isinstance(decision, Send) or enrollment.due_at <= now


@some
@given(series, life_of)
def test_caps_hold_for_each_local_day_and_any_seven(definition: Definition, life: Life) -> None:
    days = [local_day(now, facts.zone) for now, send, facts in drive(definition, life).sends if not send.step.service]
    for day in set(days):
        assert days.count(day) <= life.facts.cap_day
        assert sum(day - 7 < other <= day for other in days) <= life.facts.cap_week


@some
@given(series, life_of)
def test_equal_arguments_give_equal_decisions_and_stay_untouched(definition: Definition, life: Life) -> None:
    for now, enrollment, facts, decision in drive(definition, life).decided:
        before = deepcopy((definition, enrollment, facts))
        assert decide(definition, enrollment, facts, now) == decision
        assert (definition, enrollment, facts) == before


@some
@given(series, life_of)
def test_after_a_stop_nothing_but_the_exit_is_decided(definition: Definition, life: Life) -> None:
    for now, enrollment, facts, _decision in drive(definition, life).decided:
        gone = replace(facts, goal_at=life.start)
        assert decide(definition, enrollment, gone, now) == Exit("goal-met", "goal-met")
        bounced = replace(facts, goal_at=None, superseded=False, address=True, undeliverable="hard-bounce")
        assert not isinstance(decide(definition, enrollment, bounced, now), Send)


@some
@given(definitions(anchors=False), lives(instants, calm=True), st.integers(1, 30), st.integers(0, 40 * DAY))
def test_a_pause_changes_no_order(definition: Definition, life: Life, days: int, begins: int) -> None:
    roomy = replace(life.facts, cap_day=100, cap_week=100, slots_open=1)
    calm = Life(life.start, roomy, (), life.lateness)

    def paused(now: int, facts: Facts) -> Facts:
        since = life.start + begins
        facts.paused_until = since + days * DAY if since <= now else None
        return facts

    plain, held = drive(definition, calm), drive(definition, calm, paused)
    assert [send.step.key for _, send, _ in held.sends] == [send.step.key for _, send, _ in plain.sends]
    assert held.end == plain.end
    assert all(late >= soon for (late, *_), (soon, *_) in zip(held.sends, plain.sends, strict=True))


@some
@given(st.lists(st.integers(0, 20), min_size=2, max_size=8), instants, zones)
def test_a_series_keeps_the_wall_time_of_its_sign_up(days: list[int], start: int, zone: str) -> None:
    steps = {
        f"m{n}": MailStep(f"m{n}", "m", "", Delay(days=wait), then=f"m{n + 1}" if n + 1 < len(days) else None)
        for n, wait in enumerate(days)
    }
    always = Definition("s", "S", Entry("by-hand"), "m0", steps, window=Window(frozenset(range(7)), 0, 1440))
    life = Life(start, Facts(zone=zone, clinic_zone="UTC", cap_day=9, cap_week=99), (), (0,))
    sent = [now for now, _send, _facts in drive(always, life).sends]
    assert len(sent) == len(days)
    for (before, after), wait in zip(pairwise(sent), days[1:], strict=True):
        assert after == later(before, Delay(days=wait), zone)
        assert local_day(after, zone) - local_day(before, zone) == wait or _gap_at_midnight(before, wait, zone)


def _gap_at_midnight(before: int, wait: int, zone: str) -> bool:
    """A wall time that is skipped at the end of a day is met on the next."""
    return local(later(before, Delay(days=wait), zone), zone).hour < local(before, zone).hour


@some
@given(series, life_of)
def test_a_tick_within_the_hour_delays_nothing_that_follows(definition: Definition, life: Life) -> None:
    """Delays count from the due instant, unless the tick came more than an hour late."""
    for now, enrollment, _facts, decision in drive(definition, life).decided:
        if isinstance(decision, Exit | Wait) or decision.then is None:
            continue
        late = now - enrollment.due_at
        if isinstance(decision, Send) or (isinstance(decision, Act) and decision.kind == "waited"):
            base = enrollment.due_at if late <= HOUR else now
            assert decision.then.since == base
            assert decision.then.due >= base


@given(instants, zones)
def test_the_default_window_is_never_far(instant: int, zone: str) -> None:
    assert opening(instant, Window(), zone) - instant < 2 * DAY
