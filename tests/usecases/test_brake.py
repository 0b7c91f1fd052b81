"""A clinic's series stop by themselves when its figures say so, and go on so that nobody gets two mails at once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service.domain.enrollment import EnrollmentState
from service.domain.timing import DAY
from service.storage import brakes, clinics, tables
from service.usecases.advance import commit, plan
from service.usecases.check_brakes import check_brakes
from service.usecases.resume_series import resume_series, stop_series
from service.usecases.stop_sending import start_everything, stop_everything, stop_sending
from tests.support.cast import Cast, a_clinic, campaign_file, mail_files
from tests.support.clock import Clock

ALICE = "alice@example.org"
ONE = "\n  - {key: first, mail: first, at_once: true}\n"


def the_past(play: Cast, mails: int, *, days_ago: float = 1.5, state: str = "accepted", **marks: int) -> None:
    """So many mails of the clinic, all at one instant; `marks`: how many of them have a column set."""
    at = int(play.kit.clock() - days_ago * DAY)
    (run,) = play.rows("enrollment")[:1] or [play.run(play.signs_up(play.alice)[0])]
    first = len(play.rows("message")) + 1
    rows = [
        {
            "id": number, "clinic_id": play.clinic, "lead_id": run["lead_id"], "enrollment_id": run["id"],
            "campaign_id": run["campaign_id"], "version_id": run["version_id"], "step": "old", "visit": number,
            "mail": "old", "service": False, "ref": f"old-{number}", "state": state, "due_at": at, "created_at": at,
            "provider": "outbox", "why": {}, "settled_at": at, "accepted_at": at if state == "accepted" else None,
            **{column: at if number - first < many else None for column, many in marks.items()},
        }
        for number in range(first, first + mails)
    ]  # fmt: skip
    with play.db.write() as conn:
        conn.execute(sa.insert(tables.message), rows)


def brake(play: Cast) -> str | None:
    with play.db.read() as conn:
        row = clinics.get(conn, play.clinic)
    assert (row.braked_at is None) == (row.brake is None)
    return row.brake["kind"] if row.brake else None


@pytest.mark.parametrize(
    ("mails", "marks", "kind"),
    [
        (100, {"bounced_at": 5}, "bounces"),
        (100, {"bounced_at": 4}, None),
        (100, {"complained_at": 3}, "complaints"),
        (100, {"complained_at": 2, "bounced_at": 1}, None),
    ],
)
def test_it_stops_by_itself_and_once(play: Cast, mails: int, marks: dict[str, int], kind: str | None) -> None:
    the_past(play, mails, **marks)
    assert check_brakes(play.kit) == (kind is not None)
    assert check_brakes(play.kit) == 0
    assert brake(play) == kind


def test_what_the_provider_refuses_stops_it_too(play: Cast) -> None:
    the_past(play, 40, days_ago=0.1)
    the_past(play, 10, days_ago=0.1, state="rejected")
    check_brakes(play.kit)
    assert brake(play) == "failures"


def test_a_loud_day_stops_who_has_a_usual_one_and_a_letter_let_go_is_not_stopped_twice(
    play: Cast, clock: Clock
) -> None:
    the_past(play, 501, days_ago=0.5)
    assert check_brakes(play.kit) == 0, "a new clinic has no usual day"
    for ago in (4, 9, 20):
        the_past(play, 100, days_ago=ago)
    assert check_brakes(play.kit) == 1
    assert brake(play) == "volume"
    resume_series(play.kit, play.clinic, play.dana, "send")
    clock.advance(hours=6)
    the_past(play, 600, days_ago=0.1)
    assert check_brakes(play.kit) == 0


def test_what_was_before_a_person_let_go_counts_no_more(play: Cast, clock: Clock) -> None:
    the_past(play, 100, bounced_at=50)
    check_brakes(play.kit)
    resume_series(play.kit, play.clinic, play.dana, "send")
    clock.advance(hours=1)
    assert check_brakes(play.kit) == 0
    the_past(play, 50, days_ago=0.01, bounced_at=5)
    assert check_brakes(play.kit) == 1


def test_old_troubles_and_those_of_another_clinic_stop_nobody(play: Cast, clock: Clock) -> None:
    moon = a_clinic(play.db, clock(), "moon")
    the_past(play, 100, days_ago=7.5, bounced_at=50)
    assert check_brakes(play.kit) == 0
    the_past(play, 100, bounced_at=50)
    assert check_brakes(play.kit) == 1
    with play.db.read() as conn:
        assert clinics.get(conn, moon).braked_at is None
        assert brakes.standing(conn) == {play.clinic: False}


def test_series_wait_in_their_place_and_service_mail_goes_on(play: Cast) -> None:
    steps = "\n  - {key: note, mail: note, at_once: true}\n"
    play.publishes(campaign_file("visit", steps), mail_files("note", service=True))
    runs = play.signs_up(play.alice)
    stop_series(play.kit, play.clinic, play.dana, "the list was wrong")
    due = {run: play.run(run)["due_at"] for run in runs}
    play.tick()
    assert play.sent(ALICE) == ["A word: note"]
    held = [run for run in runs if play.run(run)["guard"] == "brake"]
    assert len(held) == 1
    row = play.run(held[0])
    assert (row["state"], row["step"], row["due_at"]) == (EnrollmentState.PAUSED, "welcome", due[held[0]])
    assert resume_series(play.kit, play.clinic, play.dana, "send") == 1
    play.tick()
    assert play.sent(ALICE) == ["A word: note", "A word: welcome"]


@pytest.mark.parametrize("how", ["send", "reschedule"])
def test_nobody_gets_two_mails_at_once_when_they_go_on(play: Cast, clock: Clock, how: str) -> None:
    with play.db.write() as conn:
        clinics.change(conn, play.clinic, {"cap_day": 9, "cap_week": 50})
    play.publishes(campaign_file("other", ONE, priority=90), mail_files("first"))
    assert len(play.signs_up(play.alice)) == 2
    stop_series(play.kit, play.clinic, play.dana, "")
    play.tick()
    clock.advance(days=3)
    with play.db.read() as conn:
        found = brakes.held(conn, play.clinic)
    assert (found.mails, found.people, found.several) == (2, 1, 1)
    assert {row.step for row in found.steps} == {"welcome", "first"}
    assert resume_series(play.kit, play.clinic, play.dana, "send" if how == "send" else "reschedule") == 2
    clock.advance(hours=2)
    play.tick()
    assert play.sent(ALICE) == ["A word: first"], "the foremost series first"
    clock.advance(days=1)
    play.tick()
    assert play.sent(ALICE) == ["A word: first", "A word: welcome"]


def test_it_is_taken_off_once(play: Cast) -> None:
    assert resume_series(play.kit, play.clinic, play.dana, "send") is None
    assert stop_series(play.kit, play.clinic, play.dana, "mine")
    assert not stop_series(play.kit, play.clinic, play.dana, "another")
    assert play.rows("clinic")[0]["brake"]["said"] == "mine"
    assert resume_series(play.kit, play.clinic, None, "skip") == 0
    assert play.rows("clinic")[0]["brake"] is None


@pytest.mark.parametrize("whole", [True, False])
def test_a_mail_that_was_decided_on_just_before_does_not_leave(play: Cast, whole: bool) -> None:
    (run,) = play.signs_up(play.alice)
    planned = plan(play.kit, play.kit.clock(), 10)
    if whole:
        stop_sending(play.kit, play.clinic, play.dana, "")
    else:
        stop_series(play.kit, play.clinic, play.dana, "")
    assert commit(play.kit, "outbox", planned, play.kit.clock()) == []
    assert play.run(run)["step"] == "welcome"
    assert play.rows("message") == []


def test_whom_a_tick_held_while_the_brake_was_taken_off_is_let_go(play: Cast) -> None:
    (run,) = play.signs_up(play.alice)
    stop_series(play.kit, play.clinic, play.dana, "")
    planned = plan(play.kit, play.kit.clock(), 10)
    resume_series(play.kit, play.clinic, play.dana, "send")
    commit(play.kit, "outbox", planned, play.kit.clock())
    assert play.run(run)["guard"] == "brake"
    check_brakes(play.kit)
    play.tick()
    assert play.sent(ALICE) == ["A word: welcome"]


def test_everything_is_stopped_at_once_and_what_was_stopped_before_stays_so(play: Cast, clock: Clock) -> None:
    moon, star = a_clinic(play.db, clock(), "moon"), a_clinic(play.db, clock(), "star")
    stop_sending(play.kit, moon, play.dana, "closed for good")
    clock.advance(minutes=1)
    assert stop_everything(play.kit, "the provider asked us to") == 2
    assert stop_everything(play.kit, "again") == 0
    with play.db.read() as conn:
        assert brakes.standing(conn) == {play.clinic: True, moon: True, star: True}
    assert start_everything(play.kit) == 2
    assert start_everything(play.kit) == 0
    with play.db.read() as conn:
        assert brakes.standing(conn) == {moon: True}
        assert clinics.get(conn, moon).stopped_why == "closed for good"


def test_all_clinics_are_looked_at_in_as_many_statements_as_one(play: Cast, clock: Clock) -> None:
    seen: list[int] = []
    statements: list[str] = []
    engine = play.db._engine
    sa.event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for number in range(2):
        statements.clear()
        check_brakes(play.kit)
        seen.append(len(statements))
        for each in range(5):
            a_clinic(play.db, clock(), f"clinic-{number}-{each}")
    assert seen[0] == seen[1]
