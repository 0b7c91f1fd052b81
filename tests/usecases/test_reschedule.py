"""Overdue mails that a person reschedules: each at its step's own window, spread, in the order they were due in."""

from __future__ import annotations

from service.domain.enrollment import EnrollmentState
from service.domain.timing import DAY, HOUR, MINUTE, parse_iso
from service.usecases.campaign_states import pause_campaign, resume_campaign
from service.usecases.release_held import release
from tests.support.cast import CHICAGO, Cast, campaign_file, mail_files
from tests.support.clock import Clock

STEPS = "\n  - {key: welcome, mail: welcome}\n  - {key: second, mail: second, delay: 2d}"


def _overdue(play: Cast, clock: Clock, people: int, **more: object) -> list[int]:
    """They signed up a minute apart, and the campaign was paused for two days."""
    play.publishes(campaign_file("drip", STEPS, entry="{on: by-hand}", **more), mail_files("welcome", "second"))
    runs = []
    for number in range(people):
        runs += play.signs_up(play.lead(f"guest{number}"), "by-hand")
        clock.advance(minutes=1)
    pause_campaign(play.kit, play.clinic, play.campaigns["drip"], play.dana)
    clock.advance(days=2)
    resume_campaign(play.kit, play.clinic, play.campaigns["drip"], play.dana)
    play.tick()
    assert {play.run(run)["guard"] for run in runs} == {"overdue"}
    return runs


def test_they_are_spread_over_an_hour_in_the_order_in_which_they_were_due(play: Cast, clock: Clock) -> None:
    runs = _overdue(play, clock, 4)
    assert release(play.kit, play.clinic, "reschedule", play.dana) == 4
    due = [play.run(run)["due_at"] for run in runs]
    assert due == [clock() + number * 15 * MINUTE for number in range(4)]
    assert {play.run(run)["state"] for run in runs} == {EnrollmentState.ACTIVE}
    sent = []
    for _ in range(60):
        sent.append(play.tick().accepted)
        clock.advance(minutes=1)
    assert sum(sent) == 4
    assert max(sent) == 1
    assert release(play.kit, play.clinic, "reschedule", play.dana) == 0


def test_a_campaigns_own_jitter_is_how_far_they_are_spread(play: Cast, clock: Clock) -> None:
    runs = _overdue(play, clock, 3, window="{days: [mon, tue, wed, thu, fri], from: '09:00', to: '18:00', jitter: 30m}")
    release(play.kit, play.clinic, "reschedule", play.dana)
    assert [play.run(run)["due_at"] - clock() for run in runs] == [0, 10 * MINUTE, 20 * MINUTE]


def test_outside_the_window_they_wait_for_it_to_open(play: Cast, clock: Clock) -> None:
    runs = _overdue(play, clock, 2)
    clock.advance(hours=9)  # seven in the evening
    release(play.kit, play.clinic, "reschedule", play.dana)
    nine = parse_iso("2026-11-27T09:00", CHICAGO)
    assert clock() < nine < clock() + DAY
    assert [play.run(run)["due_at"] for run in runs] == [nine, nine + HOUR // 2]


def test_a_series_that_loops_counts_on_when_a_mail_is_skipped(play: Cast, clock: Clock) -> None:
    ring = "\n  - {key: ping, mail: ping, delay: 1d}\n  - {key: again, jump: ping, at_most: 2}"
    play.publishes(campaign_file("ring", ring, entry="{on: by-hand}"), mail_files("ping"))
    (run,) = play.signs_up(play.alice, "by-hand")
    for _ in range(6):
        clock.advance(days=3)
        play.tick()
        release(play.kit, play.clinic, "skip", play.dana)
        play.tick()
    assert play.run(run)["state"] == EnrollmentState.COMPLETED
    assert [row["kind"] for row in play.rows("event", enrollment_id=run)] == ["entered", "completed"]
