"""Entering and leaving a series."""

from service.domain.enrollment import EnrollmentState
from service.domain.timing import DAY
from service.storage import campaigns
from service.usecases.book_visit import Booked, book_visit
from service.usecases.campaign_states import pause_campaign
from service.usecases.cancel_visit import cancel_visit
from service.usecases.leave import leave_all
from service.usecases.open_slots import slots_for_mails
from service.usecases.publish_campaign import publish
from service.usecases.unsubscribe import unsubscribe
from tests.support.cast import TINY, Cast, campaign_file, mail_files
from tests.support.clock import Clock

THREE = mail_files("welcome", "second", "third")


def _books(play: Cast, lead_id: int) -> int:
    with play.db.read() as conn:
        slot = slots_for_mails(conn, play.clinic, play.kit.clock())[0]
    booked = book_visit(play.kit, lead_id, slot.start)
    assert isinstance(booked, Booked)
    return booked.appointment.id


def test_signing_up_twice_is_entering_once(play: Cast) -> None:
    assert len(play.signs_up(play.alice)) == 1
    assert play.signs_up(play.alice) == []
    assert len(play.rows("enrollment", lead_id=play.alice)) == 1


def test_the_named_interest_goes_before_otherwise(play: Cast) -> None:
    play.publishes(campaign_file("back", entry="{on: signup, interest: [sciatica]}"), THREE)
    (named,) = play.signs_up(play.alice, interest="sciatica")
    assert play.run(named)["campaign_id"] == play.campaigns["back"]
    (other,) = play.signs_up(play.lead("guest"), interest="hiccups")
    assert play.run(other)["campaign_id"] == play.campaigns["tiny"]


def test_a_newer_series_of_the_family_ends_the_older(play: Cast) -> None:
    for key, interest in (("back", "sciatica"), ("neck", "neck-pain")):
        entry = f"{{on: signup, interest: [{interest}]}}"
        play.publishes(campaign_file(key, entry=entry, family="consultation"), THREE)
    (old,) = play.signs_up(play.alice, interest="sciatica")
    (new,) = play.signs_up(play.alice, interest="neck-pain")
    assert play.run(old)["reason"] == "superseded"
    assert play.run(new)["state"] == EnrollmentState.ACTIVE
    assert play.rows("refusal", enrollment_id=old)[0]["guard"] == "superseded"


def test_two_families_run_side_by_side(play: Cast) -> None:
    play.publishes(campaign_file("letter", entry="{on: stay}", family="letter"), THREE)
    both = play.signs_up(play.alice) + play.signs_up(play.alice, "stay")
    assert [play.run(run)["state"] for run in both] == [EnrollmentState.ACTIVE] * 2


def test_booking_ends_the_series_at_once_and_a_cancellation_revives_nothing(play: Cast, clock: Clock) -> None:
    (run,) = play.signs_up(play.alice)
    play.tick()
    visit = _books(play, play.alice)
    assert play.run(run)["reason"] == "goal-met"
    cancel_visit(play.kit, visit)
    for _ in range(8):
        clock.advance(days=1)
        play.tick()
    assert play.run(run)["state"] == EnrollmentState.EXITED
    assert play.sent("alice@example.org") == ["A word: welcome"]


def test_whoever_has_a_visit_ahead_does_not_enter(play: Cast) -> None:
    _books(play, play.alice)
    assert play.signs_up(play.alice) == []


def test_a_goal_that_was_met_while_nobody_looked_ends_the_series_at_the_tick(play: Cast) -> None:
    """The exit is made with the booking; should it be lost, the gate finds the visit by itself."""
    (run,) = play.signs_up(play.alice)
    _books(play, play.alice)
    with play.db.write() as conn:
        conn.exec_driver_sql(f"UPDATE enrollment SET state = 1, reason = NULL, ended_at = NULL WHERE id = {run}")
    play.tick()
    assert play.run(run)["reason"] == "goal-met"
    assert play.sent("alice@example.org") == []


def test_a_keyed_series_runs_once_a_visit(play: Cast) -> None:
    steps = "\n  - {key: sure, mail: sure, at_once: true}"
    play.publishes(campaign_file("visits", steps, entry="{on: booked}", goal="none"), mail_files("sure", service=True))
    _books(play, play.alice)
    play.tick()
    assert play.sent("alice@example.org") == ["A word: sure"]


def test_visit_mails_survive_an_unsubscribe(play: Cast) -> None:
    steps = "\n  - {key: sure, mail: sure, at_once: true}"
    play.publishes(campaign_file("visits", steps, entry="{on: booked}", goal="none"), mail_files("sure", service=True))
    _books(play, play.alice)
    unsubscribe(play.kit, play.alice)
    play.tick()
    assert play.sent("alice@example.org") == ["A word: sure"]


def test_after_the_end_the_same_series_is_open_again_in_half_a_year(play: Cast, clock: Clock) -> None:
    play.signs_up(play.alice)
    with play.db.write() as conn:
        leave_all(conn, play.alice, "by hand", clock())
    clock.advance(seconds=180 * DAY - 1)
    assert play.signs_up(play.alice) == []
    clock.advance(seconds=1)
    assert len(play.signs_up(play.alice)) == 1


def test_leaving_twice_is_leaving_once(play: Cast, clock: Clock) -> None:
    play.signs_up(play.alice)
    with play.db.write() as conn:
        assert leave_all(conn, play.alice, "by hand", clock()) == 1
        assert leave_all(conn, play.alice, "by hand", clock()) == 0
    assert len(play.rows("refusal", lead_id=play.alice)) == 1


def test_a_paused_campaign_takes_people_who_wait_with_it(play: Cast) -> None:
    pause_campaign(play.kit, play.clinic, play.campaigns["tiny"], play.dana)
    (run,) = play.signs_up(play.alice)
    assert play.run(run)["guard"] == "campaign-paused"
    assert play.tick().seen == 0


def test_the_same_text_again_is_no_new_version_and_a_changed_one_is(play: Cast) -> None:
    same = play.publishes(campaign_file(), THREE)
    (before,) = play.signs_up(play.alice)
    changed = play.publishes(campaign_file("tiny", TINY.replace("2d", "4d")), THREE)
    (after,) = play.signs_up(play.lead("guest"))
    assert same == play.run(before)["version_id"] != changed
    assert play.run(after)["version_id"] == changed
    with play.db.write() as conn:
        again = publish(conn, play.clinic, campaign_file("tiny", TINY.replace("2d", "4d")), THREE, 1, filename="x")
        assert again == changed
        assert [row.number for row in campaigns.versions_of(conn, play.campaigns["tiny"])] == [2, 1]
