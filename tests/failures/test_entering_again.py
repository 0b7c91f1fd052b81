"""Nobody goes through a series twice side by side, however often and by however many hands they are entered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.domain.acts import AddTag, RemoveTag, SetField
from service.domain.campaign import Definition, MailStep
from service.domain.entry import Entry, Reentry
from service.domain.timing import DAY, Delay
from service.storage.database import Database
from service.usecases.enroll import enter_by
from service.usecases.leave import leave_all
from service.usecases.mark_leads import Mark, mark_leads
from tests.support.at_once import at_once
from tests.support.cast import Cast, make_kit
from tests.support.clock import Clock
from tests.support.written import write, writing

ALICE = "alice@example.org"
THREE = ("A word: welcome", "A word: second", "A word: third")
STEPS = (
    MailStep("welcome", "welcome", "", at_once=True, then="second"),
    MailStep("second", "second", "", Delay(days=2), then="third"),
    MailStep("third", "third", "", Delay(days=3)),
)
TINY = Definition("tiny", "Tiny", Entry("signup", otherwise=True), "welcome", {step.key: step for step in STEPS})


def _tiny(play: Cast, again: Reentry) -> Cast:
    written = writing(play)
    write(written, replace(TINY, entry=Entry("signup", otherwise=True, reentry=again)))
    return written


def _running(play: Cast) -> list[dict[str, object]]:
    return [run for run in play.rows("enrollment", lead_id=play.alice) if run["state"] in (1, 2)]


def _through(play: Cast, clock: Clock, days: int) -> None:
    for _ in range(days):
        play.quiet()
        clock.advance(days=1)


def test_the_form_sent_again_in_the_middle_of_the_series_begins_no_second_run(play: Cast, clock: Clock) -> None:
    """mautic 9797: who filled the form in again while on the way had two schedules, and the next step stalled."""
    play = _tiny(play, Reentry("rematch", 0))
    play.signs_up(play.alice)
    for _ in range(8):
        play.quiet()
        play.signs_up(play.alice)
        assert len(_running(play)) <= 1
        clock.advance(days=1)
    first = [row["subject"] for row in play.rows("outbox")][:3]
    assert first == list(THREE), "the first run was neither stalled nor begun anew on its way"


def test_a_run_that_comes_round_anew_is_the_only_one_and_whole(play: Cast, clock: Clock) -> None:
    """mautic 9797, 7729: the second time through, steps were missing or doubled."""
    play = _tiny(play, Reentry("rematch", 7))
    play.signs_up(play.alice)
    _through(play, clock, 8)
    play.signs_up(play.alice)
    _through(play, clock, 8)
    assert [row["subject"] for row in play.rows("outbox")] == [*THREE, *THREE]
    assert [run["state"] for run in play.rows("enrollment", lead_id=play.alice)] == [3, 3]
    sent = [(row["enrollment_id"], row["step"], row["visit"]) for row in play.rows("message")]
    assert len(sent) == len(set(sent)) == 6


def test_four_hands_that_enter_a_lead_at_once_enter_her_once(play: Cast, db_url: str, clock: Clock) -> None:
    """parcelvoy 462: users were on a "once" journey four times, and got each mail four times."""

    def hand() -> None:
        db = Database(db_url)
        kit = make_kit(db, clock)
        try:
            for _ in range(5):
                with db.write() as conn:
                    enter_by(conn, kit, play.clinic, play.alice, "signup", clock())
        finally:
            db.dispose()

    at_once(hand, hand, hand, hand)
    assert len(play.rows("enrollment", lead_id=play.alice)) == 1
    _through(play, clock, 8)
    assert play.sent(ALICE) == list(THREE)


@pytest.mark.parametrize("again", [Reentry("never"), Reentry("after", 180), Reentry("rematch", 30)])
def test_a_mark_that_comes_and_goes_enters_once(play: Cast, clock: Clock, again: Reentry) -> None:
    """parcelvoy 462, mautic 7881: each flicker of a list entered the people on it anew."""
    play = writing(play)
    write(play, replace(TINY, key="care", entry=Entry("tag", what="vip", reentry=again)))
    for _ in range(6):
        for effect in (AddTag("vip"), RemoveTag("vip")):
            with play.db.write() as conn:
                mark_leads(conn, play.kit, [Mark(play.clinic, play.alice, effect)], clock())
        play.quiet()
        clock.advance(days=2)
    assert len(play.rows("enrollment", lead_id=play.alice)) == 1
    assert play.sent(ALICE) == list(THREE)


def test_who_was_taken_out_by_hand_does_not_come_in_again_by_the_same_door(play: Cast, clock: Clock) -> None:
    """mautic 7881: removed and added to the source again, a contact got the campaign's mail a second time."""
    play.signs_up(play.alice)
    play.tick()
    with play.db.write() as conn:
        leave_all(conn, play.alice, "by hand", clock())
    clock.advance(seconds=30 * DAY)
    assert play.signs_up(play.alice) == []
    _through(play, clock, 3)
    assert play.sent(ALICE) == ["A word: welcome"]


def test_a_field_that_is_forgotten_enters_nobody(play: Cast, clock: Clock) -> None:
    """mautic 7881, of the other kind: taking a value away was an occasion like setting one."""
    play = writing(play)
    write(play, replace(TINY, key="care", entry=Entry("field", what="insurance", reentry=Reentry("rematch", 0))))
    for value, runs in (("aetna", 1), ("", 1)):
        with play.db.write() as conn:
            mark_leads(conn, play.kit, [Mark(play.clinic, play.alice, SetField("insurance", value))], clock())
        _through(play, clock, 8)
        assert len(play.rows("enrollment", lead_id=play.alice)) == runs
