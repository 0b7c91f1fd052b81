"""Splits, jumps, ways of leaving, patience, closures, quiet hours and jitter: what holds of each, whatever comes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.acts import WHOLE, AddTag, DoStep, EndStep, JumpStep, SplitStep, Variant
from service.domain.campaign import Arm, BranchStep, Definition, MailStep, Step, WaitStep
from service.domain.chance import HOLDOUT, chosen
from service.domain.conditions import Tagged
from service.domain.decision import Act, Exit, Send, Wait
from service.domain.engine import decide, enter
from service.domain.enrollment import Enrollment, Facts
from service.domain.entry import Entry
from service.domain.places import in_window
from service.domain.timing import DAY, MINUTE, Delay, Hour, Window, local, local_day, parse_iso, quieted
from service.domain.visits import arrive
from tests.support.zones import instants, zones

LEADS = range(400_000_000_000_000_000, 400_000_000_000_010_000)
CHICAGO = "America/Chicago"
TUESDAY = parse_iso("2026-11-24T10:00", CHICAGO)
ALL_WEEK = frozenset(range(7))
ALWAYS = Window(ALL_WEEK, 0, 1440)
fewer = settings(max_examples=settings.default.max_examples // 2)


def _of(*steps: Step, **more: object) -> Definition:
    plain: dict[str, object] = {"window": ALWAYS} | more
    return Definition("s", "S", Entry("by-hand"), steps[0].key, {step.key: step for step in steps}, **plain)  # type: ignore[arg-type]


def _split(*weights: int, holdout: int = 0) -> SplitStep:
    return SplitStep("parted", tuple(Variant(f"w{n}", weight, f"m{n}") for n, weight in enumerate(weights)), holdout)


def _run(step: str, due: int, **more: object) -> Enrollment:
    return replace(Enrollment(1, 7, step, 1, due, due, due), **more)  # type: ignore[arg-type]


def _labels(split: SplitStep, campaign: str = "s") -> dict[int, str]:
    return {lead: chosen(campaign, split, lead)[0] for lead in LEADS}


@pytest.mark.parametrize(
    ("weights", "holdout"), [((5_000, 5_000), 0), ((7_000, 2_000, 1_000), 1_000), ((10_000,), 500)]
)
def test_a_split_gives_each_way_its_share_of_ten_thousand(weights: tuple[int, ...], holdout: int) -> None:
    """Within four standard deviations."""
    found = Counter(_labels(_split(*weights, holdout=holdout)).values())
    free = 1 - holdout / WHOLE
    shares = {f"w{n}": free * weight / WHOLE for n, weight in enumerate(weights)} | {HOLDOUT: holdout / WHOLE}
    for label, share in shares.items():
        assert abs(found[label] - share * len(LEADS)) <= 4 * (len(LEADS) * share * (1 - share)) ** 0.5, label


def test_splits_of_different_steps_and_campaigns_part_people_independently() -> None:
    first, second = _labels(_split(5_000, 5_000)), _labels(_split(5_000, 5_000), "other")
    both = Counter((first[lead], second[lead]) for lead in LEADS)
    assert all(abs(count - len(LEADS) / 4) <= 4 * (len(LEADS) * 3 / 16) ** 0.5 for count in both.values())


@fewer
@given(st.integers(0, WHOLE), st.integers(0, WHOLE), st.integers(1, 5_000))
def test_whoever_is_held_out_stays_so_whatever_the_weights_become(before: int, after: int, holdout: int) -> None:
    old, new = (_split(each, WHOLE - each, holdout=holdout) for each in (before, after))
    for lead in LEADS[:300]:
        assert (chosen("s", old, lead)[0] == HOLDOUT) == (chosen("s", new, lead)[0] == HOLDOUT)


@fewer
@given(st.integers(0, WHOLE), st.integers(0, WHOLE), st.sampled_from(LEADS[:500]))
def test_new_weights_touch_new_entrants_only(before: int, after: int, lead: int) -> None:
    mails = (MailStep("m0", "m0", ""), MailStep("m1", "m1", ""))
    old, new = (_of(_split(each, WHOLE - each), *mails) for each in (before, after))
    facts = Facts(zone=CHICAGO, clinic_zone=CHICAGO, lead_id=lead)
    run = _run("parted", TUESDAY, lead_id=lead)
    first = decide(old, run, facts, TUESDAY)
    assert isinstance(first, Act)
    again = decide(new, run, replace(facts, chosen={"parted": first.label}), TUESDAY)
    assert again == first


@fewer
@given(st.integers(1, 6), st.integers(1, 4))
def test_a_jump_goes_back_as_often_as_it_says_and_then_on(at_most: int, days: int) -> None:
    loop = _of(
        MailStep("m", "m", "", Delay(days=days), then="back"),
        JumpStep("back", "m", at_most, then="last"),
        MailStep("last", "last", "", Delay(days=1), then="end"),
        EndStep("end"),
    )
    facts = Facts(zone=CHICAGO, clinic_zone=CHICAGO, cap_week=99)
    place, visits, visit, sent = enter(loop, facts, TUESDAY), {}, 1, []
    for _ in range(4 * at_most + 20):
        now = place.due
        run = Enrollment(1, 7, place.step, visit, TUESDAY, place.since, now, visits=visits)
        found = decide(loop, run, facts, now)
        assert isinstance(found, Send | Act)
        if isinstance(found, Send):
            sent.append((place.step, visit))
        if found.then is None:
            break
        visit, visits = arrive(visits, place.step, found.then.step, loop.loops)
        place = found.then
    assert sent == [("m", n) for n in range(1, at_most + 2)] + [("last", 1)]


EVERY_KIND: tuple[Step, ...] = (
    MailStep("step", "m", ""),
    WaitStep("step", Delay(days=1)),
    WaitStep("step", hour=Hour(600)),
    BranchStep("step", (Arm("a", Tagged("x"), None),), "b", within=Delay(days=2)),
    SplitStep("step", (Variant("a", WHOLE, None),)),
    DoStep("step", (AddTag("x"),)),
    JumpStep("step", "step", 1),
    EndStep("step"),
)


@pytest.mark.parametrize("kind", EVERY_KIND, ids=lambda step: type(step).__name__)
@pytest.mark.parametrize("leave", ["goal", "mismatch", "either", "never"])
@pytest.mark.parametrize("met", [True, False])
@pytest.mark.parametrize("matching", [True, False])
@pytest.mark.parametrize("early", [True, False])
def test_the_four_ways_of_leaving_are_asked_before_every_action(
    kind: Step, leave: str, met: bool, matching: bool, early: bool
) -> None:
    definition = _of(kind, leave=leave, matches=Tagged("in"), goal="booked")
    facts = Facts(zone=CHICAGO, clinic_zone=CHICAGO, goal_at=TUESDAY if met else None)
    facts.tags = frozenset({"in"}) if matching else frozenset()
    found = decide(definition, _run("step", TUESDAY), facts, TUESDAY - MINUTE if early else TUESDAY)
    if met and leave in ("goal", "either"):
        assert found == Exit("goal-met", "goal-met")
    elif not matching and leave in ("mismatch", "either"):
        assert found == Exit("no-match", "no-match")
    else:
        assert not isinstance(found, Exit)


@given(st.integers(1, 20 * DAY), st.integers(0, 30 * DAY))
def test_a_cap_holds_a_mail_as_long_as_the_patience_and_no_longer(patience: int, held: int) -> None:
    definition = _of(MailStep("m", "m", ""), patience=patience)
    full = Facts(zone=CHICAGO, clinic_zone=CHICAGO, sent_today=1)
    found = decide(definition, _run("m", TUESDAY, held_at=TUESDAY - held), full, TUESDAY)
    if held >= patience:
        assert found == Act("skipped", None, "capped")
    else:
        assert isinstance(found, Wait)
        assert (found.guard, found.holds) == ("capped", True)
        assert found.until is not None
        assert local_day(found.until, CHICAGO) > local_day(TUESDAY, CHICAGO)


_windows = st.builds(
    lambda days, bounds, zone, holidays, jitter: Window(
        frozenset(days), bounds[0] * 15, bounds[1] * 15, zone, holidays, jitter
    ),
    st.sets(st.integers(0, 6), min_size=2),
    st.lists(st.integers(0, 96), min_size=2, max_size=2, unique=True).map(sorted),
    st.sampled_from(("lead", "clinic")),
    st.booleans(),
    st.sampled_from((0, 5, 20, 120)),
)
_quiet = st.none() | st.tuples(st.integers(0, 96), st.integers(0, 96)).map(lambda pair: (pair[0] * 15, pair[1] * 15))


@given(instants, zones, zones, _windows, _quiet, st.frozensets(st.integers(0, 20), max_size=8), st.sampled_from(LEADS))
def test_whatever_spreads_closes_or_quiets_a_window_a_mail_leaves_inside_it(
    now: int,
    zone: str,
    clinic_zone: str,
    window: Window,
    quiet: tuple[int, int] | None,
    shut: frozenset[int],
    lead: int,
) -> None:
    closed = frozenset(local_day(now, clinic_zone) + day for day in shut)
    facts = Facts(zone=zone, clinic_zone=clinic_zone, closed=closed, quiet=quiet, lead_id=lead)
    definition = _of(MailStep("m", "m", ""), window=window)
    step = MailStep("m", "m", "")
    at = in_window(definition, step, now, facts)
    here = local(at, zone if window.zone == "lead" else clinic_zone)
    hours = window if quiet is None else quieted(window, quiet)
    assert at >= now
    assert hours.holds(here)
    assert window.holds(here), "quiet hours only take away"
    assert window.holidays or here.toordinal() not in closed
    assert in_window(definition, step, at, facts) == at, "what is inside stays where it is"
    assert in_window(definition, replace(step, at_once=True), now, facts) == now


def test_a_monday_morning_is_spread_evenly_over_its_jitter() -> None:
    definition = _of(MailStep("m", "m", ""), window=Window(frozenset(range(5)), 540, 1080, jitter=30))
    sunday, opens = parse_iso("2026-11-22T12:00", CHICAGO), parse_iso("2026-11-23T09:00", CHICAGO)
    step = MailStep("m", "m", "")
    waits = Counter(
        (in_window(definition, step, sunday, Facts(CHICAGO, CHICAGO, lead_id=lead)) - opens) // (3 * MINUTE)
        for lead in LEADS
    )
    assert set(waits) == set(range(10))
    assert all(abs(count - 1_000) <= 4 * 30 for count in waits.values())


@given(instants, zones, st.integers(0, 1_439), st.sets(st.integers(0, 6), min_size=1))
def test_a_wait_until_an_hour_ends_on_one_of_its_days(now: int, zone: str, minute: int, days: set[int]) -> None:
    wait = _of(WaitStep("w", hour=Hour(minute, frozenset(days))))
    due = enter(wait, Facts(zone=zone, clinic_zone="UTC"), now).due
    here = local(due, zone)
    assert now <= due <= now + 9 * DAY
    shown = here.hour * 60 + here.minute
    assert here.weekday() in days or shown < 180, "only a skipped midnight moves it"
    assert shown == minute or here.utcoffset() != local(due - 4 * 3_600, zone).utcoffset(), (
        "only a skipped hour is moved"
    )


def test_what_was_sent_before_a_publication_is_skipped_once_and_marks_nothing_else() -> None:
    definition = _of(MailStep("m", "m", "", then="n"), MailStep("n", "n", ""))
    facts = Facts(zone=CHICAGO, clinic_zone=CHICAGO)
    skipped = decide(definition, _run("m", TUESDAY, visits={"m": -1}), facts, TUESDAY)
    assert isinstance(skipped, Act)
    assert (skipped.kind, skipped.guard) == ("skipped", "sent-before")
    assert isinstance(decide(definition, _run("n", TUESDAY, visits={"m": -1}), facts, TUESDAY), Send)
    visit, visits = arrive({"m": -1}, "m", "n", loops=False)
    assert (visit, visits) == (1, {"m": 1})


@pytest.mark.parametrize("first", ["until", "m"])
def test_a_round_by_the_hour_takes_a_day_and_does_not_turn_within_its_minute(first: str) -> None:
    steps = {
        "until": WaitStep("until", hour=Hour(540), then="m" if first == "until" else "back"),
        "m": MailStep("m", "m", "", service=True, then="back" if first == "until" else "until"),
        "back": JumpStep("back", first, 3),
    }
    loop = Definition("s", "S", Entry("by-hand"), first, steps, window=ALWAYS)
    nine = parse_iso("2026-11-24T09:00", CHICAGO)
    facts = Facts(zone=CHICAGO, clinic_zone=CHICAGO)
    place, visits, visit, sent = enter(loop, facts, nine), {}, 1, []
    for _ in range(40):
        run = Enrollment(1, 7, place.step, visit, nine, place.since, place.due, visits=visits)
        found = decide(loop, run, facts, place.due)
        if isinstance(found, Wait):
            assert found.until is not None
            place = replace(place, due=found.until)
            continue
        assert isinstance(found, Send | Act)
        if isinstance(found, Send):
            sent.append(local_day(place.due, CHICAGO))
        if found.then is None:
            break
        visit, visits = arrive(visits, place.step, found.then.step, loop.loops)
        place = found.then
    assert len(sent) == 4
    assert sent[1:] == list(range(sent[1], sent[1] + 3))


@pytest.mark.parametrize("before", ["w0", "w1", HOLDOUT])
def test_who_went_one_way_of_a_split_goes_it_again_whatever_the_shares_are_now(before: str) -> None:
    steps = [MailStep(key, "m", "topic") for key in ("m0", "m1", "after")]
    split = replace(_split(1, 9_999), then="after")
    definition = _of(split, *steps)
    for lead in range(20):
        facts = Facts(zone="UTC", clinic_zone="UTC", lead_id=lead, chosen={"parted": before})
        decided = decide(definition, replace(_run("parted", TUESDAY), lead_id=lead), facts, TUESDAY)
        assert isinstance(decided, Act)
        assert decided.label == before
        assert decided.then is not None
        assert decided.then.step == {"w0": "m0", "w1": "m1", HOLDOUT: "after"}[before]
