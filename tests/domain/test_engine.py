"""The engine by example: delays, waits, branches, anchors, and the gate's order."""

from dataclasses import replace

import pytest

from service.domain.campaign import Anchor, Arm, BranchStep, Definition, MailStep, WaitStep
from service.domain.conditions import Clicked
from service.domain.decision import Act, Exit, Place, Send, Wait
from service.domain.engine import decide, enter, skip
from service.domain.enrollment import Enrollment, Facts
from service.domain.entry import Entry
from service.domain.gate import BRAKE_RECHECK
from service.domain.timing import DAY, HOUR, MINUTE, Delay, Window, local, parse_iso

CHICAGO = "America/Chicago"
ALICE = Facts(zone=CHICAGO, clinic_zone=CHICAGO)
WELCOME = MailStep("welcome", "welcome", "", at_once=True, then="causes")
CAUSES = MailStep("causes", "causes", "", Delay(days=2), then="looked")
LOOKED = BranchStep(
    "looked", (Arm("Looked", Clicked("book"), "offer"),), "Did not", within=Delay(days=3), then="breathe"
)
OFFER = MailStep("offer", "offer", "", Delay(days=1), needs_slots=True, without_slots="offer-plain", then="breathe")
BREATHE = WaitStep("breathe", Delay(days=3), then="last")
LAST = MailStep("last", "last", "", Delay(minutes=90))
STEPS = (WELCOME, CAUSES, LOOKED, OFFER, BREATHE, LAST)
SERIES = Definition("series", "Series", Entry("signup"), "welcome", {step.key: step for step in STEPS})
TUESDAY = parse_iso("2026-11-24T10:00", CHICAGO)


def _on(step: str, due: int, *, since: int | None = None, held_at: int | None = None) -> Enrollment:
    return Enrollment(1, 1, step, 1, TUESDAY, due if since is None else since, due, held_at)


def _wall(instant: int | None) -> str:
    assert instant is not None
    return f"{local(instant, CHICAGO):%a %d %H:%M}"


def _of(*steps: MailStep, goal: str = "none") -> Definition:
    return replace(SERIES, first=steps[0].key, steps={step.key: step for step in steps})


def test_the_welcome_goes_at_once_even_at_night() -> None:
    night = parse_iso("2026-11-29T03:12", CHICAGO)
    place = enter(SERIES, ALICE, night)
    assert place == Place("welcome", night, night)
    found = decide(SERIES, _on("welcome", night), ALICE, night)
    assert isinstance(found, Send)
    assert found.then is not None
    assert _wall(found.then.due) == "Tue 01 09:00"


def test_a_delay_counts_from_the_due_instant_when_the_tick_was_in_time() -> None:
    found = decide(SERIES, _on("welcome", TUESDAY), ALICE, TUESDAY + HOUR)
    assert isinstance(found, Send)
    assert found.then == Place("causes", TUESDAY, TUESDAY + 2 * DAY)


def test_a_delay_counts_from_the_hand_over_when_that_was_late() -> None:
    late = TUESDAY + HOUR + 1
    found = decide(SERIES, _on("welcome", TUESDAY), ALICE, late)
    assert isinstance(found, Send)
    assert found.then == Place("causes", late, late + 2 * DAY)


def test_a_click_takes_the_arm_at_once() -> None:
    waiting = _on("looked", TUESDAY + 3 * DAY, since=TUESDAY)
    clicked = replace(ALICE, clicked=frozenset({"book"}))
    assert decide(SERIES, waiting, ALICE, TUESDAY + DAY) == Wait(TUESDAY + 3 * DAY, "not-yet")
    found = decide(SERIES, waiting, clicked, TUESDAY + DAY)
    assert isinstance(found, Act)
    assert (found.kind, found.label) == ("branched", "Looked")
    assert found.then == Place("offer", TUESDAY + DAY, TUESDAY + 2 * DAY)


def test_without_a_click_the_branch_ends_the_other_way() -> None:
    ends = TUESDAY + 3 * DAY
    found = decide(SERIES, _on("looked", ends, since=TUESDAY), ALICE, ends + 5)
    assert isinstance(found, Act)
    assert found.label == "Did not"
    assert found.then == Place("breathe", ends, ends + 3 * DAY)


def test_a_series_completes_after_its_last_mail() -> None:
    assert decide(SERIES, _on("last", TUESDAY), ALICE, TUESDAY) == Send(LAST, "last", None)


def test_before_its_hour_nothing_happens_and_outside_the_window_it_waits() -> None:
    assert decide(SERIES, _on("causes", TUESDAY), ALICE, TUESDAY - 1) == Wait(TUESDAY, "not-yet")
    evening = parse_iso("2026-11-28T18:00", CHICAGO)
    found = decide(SERIES, _on("causes", evening - HOUR), ALICE, evening)
    assert found == Wait(parse_iso("2026-11-30T09:00", CHICAGO), "outside-window")


def test_the_clinics_clock_counts_where_the_window_says_so() -> None:
    clinic_time = replace(SERIES, window=Window(zone="clinic"))
    tokyo = replace(ALICE, zone="Asia/Tokyo")
    assert isinstance(decide(clinic_time, _on("causes", TUESDAY), tokyo, TUESDAY), Send)
    assert decide(SERIES, _on("causes", TUESDAY), tokyo, TUESDAY) == Wait(
        parse_iso("2026-11-25T09:00", "Asia/Tokyo"), "outside-window"
    )


GATE = [
    ({"goal_at": TUESDAY}, "goal-met"),
    ({"superseded": True}, "superseded"),
    ({"address": False}, "no-address"),
    ({"undeliverable": "hard-bounce"}, "suppressed"),
    ({"consent": False}, "no-consent"),
    ({"suppressed": "unsubscribed"}, "suppressed"),
    ({"refused_topics": frozenset({"learning"})}, "topic-refused"),
    ({"paused_until": TUESDAY + 10 * DAY}, "paused"),
    ({"overdue_after": -1}, "overdue"),
    ({"expired_mails": frozenset({"causes"})}, "content-expired"),
    ({"sent_today": 1}, "capped"),
    ({"stopped": True}, "brake"),
]


@pytest.mark.parametrize("first", range(len(GATE)))
def test_the_first_rule_that_holds_names_the_reason(first: int) -> None:
    everything_after: dict[str, object] = {}
    for changes, _guard in reversed(GATE[first:]):
        everything_after |= changes
    facts = replace(ALICE, **everything_after)  # type: ignore[arg-type]
    assert getattr(decide(SERIES, _on("causes", TUESDAY), facts, TUESDAY), "guard", None) == GATE[first][1]


def test_an_unsubscribe_is_named_as_the_reason_of_the_missing_consent() -> None:
    bob = replace(ALICE, consent=False, suppressed="unsubscribed")
    assert decide(SERIES, _on("causes", TUESDAY), bob, TUESDAY) == Exit("no-consent", "unsubscribed")


def test_service_mail_survives_an_unsubscribe_a_pause_and_a_cap_but_never_a_bounce() -> None:
    visit = _of(MailStep("visit", "visit", "", service=True))
    bob = replace(ALICE, consent=False, suppressed="unsubscribed", paused_until=TUESDAY + DAY, sent_today=5)
    assert isinstance(decide(visit, _on("visit", TUESDAY), bob, TUESDAY), Send)
    charlie = replace(bob, undeliverable="hard-bounce")
    assert decide(visit, _on("visit", TUESDAY), charlie, TUESDAY) == Exit("suppressed", "hard-bounce")


def test_a_capped_mail_waits_for_tomorrows_window_and_is_skipped_after_a_week() -> None:
    full = replace(ALICE, sent_today=1)
    tomorrow = parse_iso("2026-11-25T09:00", CHICAGO)
    assert decide(SERIES, _on("causes", TUESDAY), full, TUESDAY) == Wait(tomorrow, "capped", holds=True)
    held = _on("causes", TUESDAY, held_at=TUESDAY - 7 * DAY)
    found = decide(SERIES, held, full, TUESDAY)
    assert isinstance(found, Act)
    assert (found.kind, found.guard) == ("skipped", "capped")
    assert found.then is not None
    assert found.then.step == "looked"


def test_without_slots_the_offer_waits_a_week_and_then_goes_without() -> None:
    nothing = replace(ALICE, slots_open=0)
    assert getattr(decide(SERIES, _on("offer", TUESDAY), nothing, TUESDAY), "guard", "") == "no-capacity"
    found = decide(SERIES, _on("offer", TUESDAY, held_at=TUESDAY - 7 * DAY), nothing, TUESDAY)
    assert isinstance(found, Send)
    assert found.mail == "offer-plain"
    assert getattr(decide(SERIES, _on("offer", TUESDAY), ALICE, TUESDAY), "mail", "") == "offer"


def test_a_stopped_clinic_is_asked_again_in_a_quarter_of_an_hour() -> None:
    stopped = replace(ALICE, stopped=True)
    assert decide(SERIES, _on("causes", TUESDAY), stopped, TUESDAY) == Wait(TUESDAY + BRAKE_RECHECK, "brake")


def test_a_refused_topic_is_left_out_and_the_series_goes_on() -> None:
    facts = replace(ALICE, refused_topics=frozenset({"learning"}))
    found = decide(SERIES, _on("causes", TUESDAY), facts, TUESDAY)
    assert isinstance(found, Act)
    assert (found.kind, found.guard) == ("skipped", "topic-refused")


def test_a_mail_left_out_by_hand_goes_on_from_now() -> None:
    place = skip(SERIES, _on("causes", TUESDAY), ALICE, TUESDAY + DAY)
    assert place == Place("looked", TUESDAY + DAY, TUESDAY + DAY)
    assert skip(SERIES, _on("last", TUESDAY), ALICE, TUESDAY) is None


PREPARE = MailStep("prepare", "prepare", "", anchor=Anchor("appointment", Delay(days=2), before=True), service=True)
VISIT = parse_iso("2026-11-30T10:30", CHICAGO)


def _visit(at: int = VISIT) -> Facts:
    return replace(ALICE, anchors={"appointment": at})


def test_two_days_before_the_visit_at_the_same_wall_time_in_the_window() -> None:
    assert _wall(enter(_of(PREPARE), _visit(), TUESDAY).due) == "Sat 28 10:30"
    over_the_change = parse_iso("2026-11-02T10:30", CHICAGO)
    start = parse_iso("2026-10-20T10:00", CHICAGO)
    assert _wall(enter(_of(PREPARE), _visit(over_the_change), start).due) == "Sat 31 10:30"


def test_a_visit_tomorrow_gets_its_preparation_now_unless_that_is_too_late() -> None:
    tomorrow = _visit(TUESDAY + DAY)
    assert enter(_of(PREPARE), tomorrow, TUESDAY).due == TUESDAY
    assert isinstance(decide(_of(PREPARE), _on("prepare", TUESDAY), tomorrow, TUESDAY), Send)
    anchor = Anchor("appointment", Delay(days=2), before=True, skip_if_late=True)
    strict = _of(replace(PREPARE, anchor=anchor))
    assert decide(strict, _on("prepare", TUESDAY), tomorrow, TUESDAY) == Act("skipped", None, "too-late")


def test_nothing_that_prepares_a_visit_goes_out_after_it_has_begun() -> None:
    assert decide(_of(PREPARE), _on("prepare", VISIT), _visit(), VISIT) == Act("skipped", None, "too-late")
    assert decide(_of(PREPARE), _on("prepare", VISIT), ALICE, VISIT) == Act("skipped", None, "too-late")


def test_a_lead_whose_address_is_dead_leaves_rather_than_skips() -> None:
    charlie = replace(_visit(), undeliverable="hard-bounce")
    assert decide(_of(PREPARE), _on("prepare", VISIT), charlie, VISIT) == Exit("suppressed", "hard-bounce")


def test_ninety_minutes_are_elapsed_time_over_the_clock_change() -> None:
    before = parse_iso("2026-11-01T00:45", CHICAGO)
    always = replace(SERIES, window=Window(frozenset(range(7)), 0, 1440))
    assert enter(replace(always, first="last"), ALICE, before).due == before + 90 * MINUTE


def test_a_sign_up_just_before_the_clocks_change_keeps_its_hour() -> None:
    """2026-10-29 in Chicago: two days later is Saturday, three more are past the change of 1 November."""
    start = parse_iso("2026-10-29T14:20", CHICAGO)
    steps = (
        MailStep("one", "m", "", at_once=True, then="two"),
        MailStep("two", "m", "", Delay(days=2), then="three"),
        MailStep("three", "m", "", Delay(days=3)),
    )
    now, sent, step = start, [], "one"
    while True:
        found = decide(_of(*steps), _on(step, now), ALICE, now)
        assert isinstance(found, Send)
        sent.append(f"{local(now, CHICAGO):%a %d %H:%M %z}")
        if found.then is None:
            break
        step, now = found.then.step, found.then.due
    assert sent == ["Thu 29 14:20 -0500", "Sat 31 14:20 -0500", "Tue 03 14:20 -0600"]
