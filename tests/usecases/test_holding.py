"""Pausing and resuming a campaign, releasing what is held, and the clock of the demo."""

from dataclasses import replace

import pytest

from service.domain.enrollment import EnrollmentState
from service.domain.timing import DAY, HOUR, MINUTE
from service.storage import events, settings
from service.usecases.campaign_states import pause_campaign, resume_campaign
from service.usecases.leave import wake
from service.usecases.release_held import release
from service.usecases.stop_sending import stop_sending
from service.usecases.travel import CannotTravel, travel
from service.usecases.unsubscribe import unsubscribe
from tests.support.cast import Cast, campaign_file, mail_files
from tests.support.clock import Clock

ALICE = "alice@example.org"
BRANCH = """
  - {key: welcome, mail: welcome, at_once: true}
  - key: looked
    branch:
      within: 3d
      arms:
        - label: "Looked"
          when: {clicked: book}
          steps:
            - {key: offer, mail: offer, at_once: true, delay: 1d}
  - {key: last, mail: last}
"""


def _tiny(play: Cast) -> int:
    return play.campaigns["tiny"]


def test_a_pause_freezes_in_place_and_a_resumption_goes_on_from_there(play: Cast, clock: Clock) -> None:
    (run,) = play.signs_up(play.alice)
    play.tick()
    before = play.stands(run)
    assert pause_campaign(play.kit, play.clinic, _tiny(play), play.dana) == 1
    assert pause_campaign(play.kit, play.clinic, _tiny(play), play.dana) == 0
    clock.advance(days=2, hours=3)
    assert play.tick().seen == 0
    assert resume_campaign(play.kit, play.clinic, _tiny(play), play.dana) == 1
    assert resume_campaign(play.kit, play.clinic, _tiny(play), play.dana) == 0
    assert play.stands(run) == before
    play.tick()
    assert play.sent(ALICE) == ["A word: welcome", "A word: second"]


def test_after_a_long_pause_late_mails_wait_for_a_person(play: Cast, clock: Clock) -> None:
    (run,) = play.signs_up(play.alice)
    play.tick()
    pause_campaign(play.kit, play.clinic, _tiny(play), play.dana)
    clock.advance(days=5)
    resume_campaign(play.kit, play.clinic, _tiny(play), play.dana)
    play.tick()
    assert play.run(run)["guard"] == "overdue"
    assert play.sent(ALICE) == ["A word: welcome"]


def test_a_pause_while_the_tick_decides_holds_the_mail(play: Cast) -> None:
    (run,) = play.signs_up(play.alice)

    def probe(point: str) -> None:
        if point == "before-intent":
            pause_campaign(play.kit, play.clinic, _tiny(play), play.dana)

    play.tick(probe=probe)
    assert play.rows("message") == []
    assert play.run(run)["guard"] == "campaign-paused"


def test_whoever_slipped_into_a_paused_campaign_waits_with_the_others(play: Cast) -> None:
    (run,) = play.signs_up(play.alice)
    pause_campaign(play.kit, play.clinic, _tiny(play), play.dana)
    with play.db.write() as conn:
        conn.exec_driver_sql(f"UPDATE enrollment SET state = 1, guard = NULL WHERE id = {run}")
    play.tick()
    assert play.rows("message") == []
    assert (play.run(run)["state"], play.run(run)["guard"]) == (EnrollmentState.PAUSED, "campaign-paused")
    resume_campaign(play.kit, play.clinic, _tiny(play), play.dana)
    play.tick()
    assert play.sent(ALICE) == ["A word: welcome"]


def test_an_unsubscribe_during_the_pause_ends_it_for_good(play: Cast) -> None:
    (run,) = play.signs_up(play.alice)
    pause_campaign(play.kit, play.clinic, _tiny(play), play.dana)
    unsubscribe(play.kit, play.alice)
    assert resume_campaign(play.kit, play.clinic, _tiny(play), play.dana) == 0
    assert play.run(run)["state"] == EnrollmentState.EXITED


def _clicks(play: Cast, now: int) -> None:
    with play.db.write() as conn:
        events.add(
            conn,
            clinic_id=play.clinic,
            lead_id=play.alice,
            at=now,
            kind="clicked",
            link="book",
            counts_at=now + 5 * MINUTE,
        )
        wake(conn, play.kit, [play.alice], now + 5 * MINUTE)


def _at_the_branch(play: Cast) -> int:
    play.publishes(campaign_file("fork", BRANCH, entry="{on: by-hand}"), mail_files("welcome", "offer", "last"))
    (run,) = play.signs_up(play.alice, "by-hand")
    play.tick()
    assert play.stands(run)[0] == "looked"
    return run


def test_a_click_wakes_the_branch_five_minutes_later(play: Cast, clock: Clock) -> None:
    run = _at_the_branch(play)
    clock.advance(hours=1)
    _clicks(play, clock())
    play.tick()
    assert play.stands(run)[0] == "looked"
    clock.advance(minutes=5)
    play.tick()
    assert play.stands(run)[:2] == ("offer", clock() + DAY)


@pytest.mark.parametrize("when", ["during", "after"])
def test_a_click_wakes_the_branch_of_a_campaign_that_was_paused_too(play: Cast, clock: Clock, when: str) -> None:
    run = _at_the_branch(play)
    pause_campaign(play.kit, play.clinic, play.campaigns["fork"], play.dana)
    if when == "during":
        _clicks(play, clock())
    clock.advance(hours=1)
    resume_campaign(play.kit, play.clinic, play.campaigns["fork"], play.dana)
    play.tick()
    if when == "after":
        _clicks(play, clock())
        clock.advance(minutes=5)
        play.tick()
    assert play.stands(run)[0] == "offer"


def _overdue(play: Cast, clock: Clock) -> int:
    (run,) = play.signs_up(play.alice)
    clock.advance(hours=25)
    play.tick()
    assert play.run(run)["guard"] == "overdue"
    return run


def test_a_held_mail_is_sent_when_a_person_says_so(play: Cast, clock: Clock) -> None:
    _overdue(play, clock)
    assert release(play.kit, play.clinic, "send", play.dana) == 1
    assert release(play.kit, play.clinic, "send", play.dana) == 0
    play.tick()
    assert play.sent(ALICE) == ["A word: welcome"]


def test_a_held_mail_is_left_out_when_a_person_says_so_and_the_series_goes_on(play: Cast, clock: Clock) -> None:
    run = _overdue(play, clock)
    assert release(play.kit, play.clinic, "skip", play.dana) == 1
    assert play.stands(run) == ("second", clock() + 2 * DAY, EnrollmentState.ACTIVE)
    assert [(row["kind"], row["reason"]) for row in play.rows("refusal")][-1] == ("skipped", "skipped by hand")
    clock.advance(days=2)
    play.tick()
    assert play.sent(ALICE) == ["A word: second"]


def test_a_released_mail_still_passes_the_gate(play: Cast, clock: Clock) -> None:
    _overdue(play, clock)
    release(play.kit, play.clinic, "send", play.dana)
    unsubscribe(play.kit, play.alice)
    play.tick()
    assert play.sent(ALICE) == []


def test_a_release_in_a_paused_campaign_waits_with_the_campaign(play: Cast, clock: Clock) -> None:
    run = _overdue(play, clock)
    pause_campaign(play.kit, play.clinic, _tiny(play), play.dana)
    release(play.kit, play.clinic, "send", play.dana)
    play.tick()
    assert play.sent(ALICE) == []
    assert play.run(run)["guard"] == "campaign-paused"


def test_travelling_sends_each_mail_at_its_hour(play: Cast, clock: Clock) -> None:
    play.signs_up(play.alice)
    start = clock()
    tally = travel(play.kit, play.provider, start + 7 * DAY)
    assert tally.accepted == 3
    monday = start + 6 * DAY - HOUR  # the third falls on a Sunday
    assert [row["at"] for row in play.rows("outbox")] == [start, start + 2 * DAY, monday]
    with play.db.read() as conn:
        assert settings.clock_offset(conn) == 7 * DAY


def test_a_mail_just_before_the_window_closes_is_not_travelled_past(play: Cast, clock: Clock) -> None:
    clock.advance(hours=7, minutes=55)  # 17:55, with the window open until 18:00
    steps = "\n  - {key: soon, mail: soon, delay: 3m}\n  - {key: sooner, mail: sooner, delay: 1m}"
    play.publishes(campaign_file("evening", steps, entry="{on: by-hand}"), mail_files("soon", "sooner", service=True))
    for number in range(3):
        play.signs_up(play.lead(f"guest{number}"), "by-hand")
    start = clock()
    travel(play.kit, play.provider, start + HOUR)
    assert len(play.rows("outbox")) == 6
    assert max(row["at"] for row in play.rows("outbox")) < start + 5 * MINUTE


def test_travelling_with_a_stopped_clinic_does_not_look_at_every_minute(play: Cast, clock: Clock) -> None:
    play.signs_up(play.alice)
    stop_sending(play.kit, play.clinic, play.dana, "")
    seen: list[int] = []
    travel(play.kit, play.provider, clock() + 30 * DAY, seen.append)
    assert len(seen) == 2


def test_the_clock_moves_forward_only_and_only_in_the_outbox(play: Cast, clock: Clock) -> None:
    with pytest.raises(CannotTravel, match="forward only"):
        travel(play.kit, play.provider, clock() - 1)
    with pytest.raises(CannotTravel, match="60 days"):
        travel(play.kit, play.provider, clock() + 61 * DAY)
    with pytest.raises(CannotTravel, match="outbox"):
        travel(replace(play.kit, demo=False), play.provider, clock() + 1)


def test_travelling_sends_what_the_outbox_had_not_taken(play: Cast, clock: Clock) -> None:
    play.signs_up(play.alice)

    class Killed(BaseException): ...

    def die(point: str) -> None:
        if point == "after-intent":
            raise Killed

    with pytest.raises(Killed):
        play.tick(probe=die)
    travel(play.kit, play.provider, clock() + DAY)
    assert play.sent(ALICE) == ["A word: welcome"]
    assert play.mails(play.alice) == [("welcome", "accepted")]
