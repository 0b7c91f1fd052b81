"""The tick: each lead gets each mail once, in its hour, and every non-send has its reason."""

from dataclasses import replace

import sqlalchemy as sa

from service.domain.enrollment import EnrollmentState
from service.domain.timing import DAY
from service.storage import clinics, leads, suppressions
from service.usecases.advance import advance_batch, commit, plan
from service.usecases.pause_mails import pause_mails, resume_mails
from service.usecases.stop_sending import start_sending, stop_sending
from service.usecases.unsubscribe import unsubscribe
from tests.support.cast import Cast, a_clinic, campaign_file, mail_files
from tests.support.clock import Clock

ALICE = "alice@example.org"


def test_alice_gets_the_series_each_mail_once_and_in_its_hour(play: Cast, clock: Clock) -> None:
    (run,) = play.signs_up(play.alice)
    start = clock()
    play.tick()
    play.tick()
    assert play.sent(ALICE) == ["A word: welcome"]
    assert play.stands(run)[:2] == ("second", start + 2 * DAY)
    for _day in range(10):
        clock.advance(days=1)
        play.tick()
    assert play.sent(ALICE) == ["A word: welcome", "A word: second", "A word: third"]
    assert [row["accepted_at"] > start for row in play.rows("message")] == [False, True, True]
    assert play.run(run)["state"] == EnrollmentState.COMPLETED
    assert [event["kind"] for event in play.rows("event", enrollment_id=run)] == ["entered", "completed"]


def test_bob_and_charlie_get_nothing_and_the_reason_is_kept(play: Cast) -> None:
    for lead in (play.bob, play.charlie):
        play.signs_up(lead)
    play.tick()
    assert play.rows("outbox") == []
    assert play.rows("message") == []
    reasons = {row["lead_id"]: (row["kind"], row["guard"], row["reason"]) for row in play.rows("refusal")}
    assert reasons == {
        play.bob: ("exited", "no-consent", "unsubscribed"),
        play.charlie: ("exited", "suppressed", "hard-bounce"),
    }


def test_a_message_keeps_why_it_was_sent(play: Cast, clock: Clock) -> None:
    play.signs_up(play.alice)
    play.tick()
    (message,) = play.rows("message")
    assert message["state"] == "accepted"
    assert message["why"]["consent_at"] == clock()
    assert message["values"] is None, "what was printed is kept only until the outcome is settled"
    assert message["ref"] == play.rows("outbox")[0]["ref"]


def test_an_unsubscribe_between_the_decision_and_the_write_sends_nothing(play: Cast) -> None:
    play.signs_up(play.alice)
    tally = play.tick(probe=lambda point: _at(point, "before-intent", lambda: unsubscribe(play.kit, play.alice)))
    assert tally.accepted == 0
    assert play.rows("message") == []
    assert play.rows("outbox") == []


def _at(point: str, wanted: str, act: object) -> None:
    if point == wanted:
        act()  # type: ignore[operator]


def test_a_change_of_the_lead_alone_is_decided_on_again(play: Cast) -> None:
    (run,) = play.signs_up(play.alice)
    play.tick(probe=lambda point: _at(point, "before-intent", lambda: pause_mails(play.kit, play.alice)))
    assert play.rows("message") == []
    play.tick()
    assert play.run(run)["guard"] == "paused"


def test_a_new_suppression_alone_stops_what_was_decided(play: Cast, clock: Clock) -> None:
    play.signs_up(play.alice)
    planned = plan(play.kit, clock(), 10)
    with play.db.write() as conn:
        suppressions.suppress(conn, None, ALICE, "complaint", clock())
    assert commit(play.kit, "outbox", planned, clock()) == []
    assert play.rows("message") == []
    assert play.rows("cap") == []


def test_what_two_hands_have_both_decided_is_sent_by_one(play: Cast, clock: Clock) -> None:
    play.signs_up(play.alice)
    first, second = plan(play.kit, clock(), 10), plan(play.kit, clock(), 10)
    assert len(commit(play.kit, "outbox", first, clock())) == 1
    assert commit(play.kit, "outbox", second, clock()) == []
    assert len(play.rows("message")) == 1


def test_of_two_series_the_more_important_one_gets_the_day(play: Cast, clock: Clock) -> None:
    play.publishes(
        campaign_file("urgent", "\n  - {key: first, mail: first, at_once: true}", entry="{on: by-hand}", priority=90),
        mail_files("first"),
    )
    (low,) = play.signs_up(play.alice)
    (high,) = play.signs_up(play.alice, "by-hand")
    play.tick()
    assert play.sent(ALICE) == ["A word: first"]
    assert play.run(high)["state"] == EnrollmentState.COMPLETED
    assert play.run(low)["guard"] == "capped"
    assert len(play.rows("cap")) == 1
    clock.advance(days=1)
    play.tick()
    assert play.sent(ALICE) == ["A word: first", "A word: welcome"]


def test_the_weekly_pace_lets_one_mail_a_week_through(play: Cast, clock: Clock) -> None:
    with play.db.write() as conn:
        leads.change(conn, play.alice, {"pace": "weekly"}, clock())
    play.signs_up(play.alice)
    days = []
    for day in range(24):
        if play.tick().accepted:
            days.append(day)
        clock.advance(days=1)
    assert days == [0, 7, 14]


def test_a_template_that_cannot_be_rendered_holds_its_own_mails_only(play: Cast) -> None:
    body = "{{ appointment.day }}"
    play.publishes(
        campaign_file("visits", "\n  - {key: prepare, mail: prepare}", entry="{on: booked}", goal="none"),
        mail_files("prepare", service=True, body=body),
    )
    play.signs_up(play.alice)
    (broken,) = play.signs_up(play.lead("guest"), "booked")  # a visit's mail, and no visit to print
    play.tick()
    assert play.run(broken)["guard"] == "content-broken"
    assert play.sent(ALICE) == ["A word: welcome"]


def test_a_stopped_clinic_sends_nothing_and_moves_nobody(play: Cast, clock: Clock) -> None:
    (run,) = play.signs_up(play.alice)
    before = play.run(run)
    stop_sending(play.kit, play.clinic, play.dana, "the printer is on fire")
    clock.advance(hours=3)
    assert play.tick().seen == 0
    assert play.run(run) == before
    start_sending(play.kit, play.clinic, play.dana)
    play.tick()
    assert play.sent(ALICE) == ["A word: welcome"]
    assert [row["action"] for row in play.rows("audit")] == ["sending stopped", "sending started"]


def test_a_stop_of_one_clinic_leaves_the_other_alone(play: Cast, clock: Clock) -> None:
    other = replace(play, clinic=a_clinic(play.db, clock(), "moon-clinic"), campaigns={})
    other.publishes(campaign_file(), mail_files("welcome", "second", "third"))
    erin = other.lead("erin")
    other.signs_up(erin)
    play.signs_up(play.alice)
    stop_sending(play.kit, play.clinic, play.dana, "")
    play.tick()
    assert {row["to_email"] for row in play.rows("outbox")} == {"erin@example.org"}


def test_a_mail_that_is_late_by_more_than_the_limit_waits_for_a_person(play: Cast, clock: Clock) -> None:
    (run,) = play.signs_up(play.alice)
    clock.advance(hours=13)
    play.tick()
    assert play.run(run)["state"] == EnrollmentState.PAUSED
    assert play.run(run)["guard"] == "overdue"
    assert [(row["kind"], row["guard"]) for row in play.rows("refusal")][-1] == ("waited", "overdue")


def test_a_pause_holds_the_mail_and_ends_with_it(play: Cast, clock: Clock) -> None:
    (run,) = play.signs_up(play.alice)
    play.tick()
    pause_mails(play.kit, play.alice)
    clock.advance(days=3)
    play.tick()
    assert play.run(run)["guard"] == "paused"
    assert play.run(run)["due_at"] > clock() + 20 * DAY
    resume_mails(play.kit, play.alice)
    play.tick()
    assert play.sent(ALICE) == ["A word: welcome", "A word: second"]


def test_small_batches_do_the_same_work(play: Cast) -> None:
    people = [play.lead(f"guest{number}") for number in range(7)]
    for person in people:
        play.signs_up(person)
    tally = play.tick(limit=2)
    assert tally.accepted == 7
    assert len({row["ref"] for row in play.rows("outbox")}) == 7


def test_an_idle_tick_writes_nothing(play: Cast) -> None:
    play.signs_up(play.alice)
    play.tick()
    statements: list[str] = []
    engine = play.db._engine
    sa.event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2].strip().split()[0]))
    play.quiet()
    assert set(statements) <= {"SELECT", "BEGIN"}
    assert len(statements) <= 12


def test_the_due_are_found_by_the_partial_index(play: Cast, clock: Clock) -> None:
    with play.db.read() as conn:
        if play.db.sqlite:
            plan_of = conn.exec_driver_sql("EXPLAIN QUERY PLAN " + _due_sql(play, clock())).all()
        else:
            conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan_of = conn.exec_driver_sql("EXPLAIN " + _due_sql(play, clock())).all()
    told = "\n".join(str(row) for row in plan_of)
    assert "ix_enrollment_due" in told, told
    assert "SCAN enrollment" not in told.replace("SCAN enrollment USING INDEX ix_enrollment_due", "")
    assert "TEMP B-TREE" not in told


def _due_sql(play: Cast, now: int) -> str:
    """The tick's own statement, with its values written in."""
    seen: list[tuple[str, object]] = []
    engine = play.db._engine

    def keep(_conn: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        seen.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", keep)
    plan(play.kit, now, 500)
    sa.event.remove(engine, "before_cursor_execute", keep)
    statement, parameters = next(found for found in seen if "enrollment.due_at" in found[0])
    if isinstance(parameters, dict):
        return statement % {name: repr(value) for name, value in parameters.items()}
    for value in parameters:  # type: ignore[attr-defined]
        statement = statement.replace("?", repr(value), 1)
    return statement


def test_a_batch_takes_as_many_statements_for_one_lead_as_for_fifty(play: Cast) -> None:
    counted: list[int] = []
    for size in (1, 50):
        for number in range(size):
            play.signs_up(play.lead(f"guest{size}x{number}"))
        seen: list[str] = []

        def keep(*args: object, seen: list[str] = seen) -> None:
            seen.append(str(args[2]))

        sa.event.listen(play.db._engine, "before_cursor_execute", keep)
        advance_batch(play.kit, play.provider, 500)
        sa.event.remove(play.db._engine, "before_cursor_execute", keep)
        counted.append(len(seen))
    assert counted[0] == counted[1]


def test_a_clinic_may_change_its_caps_at_any_time(play: Cast, clock: Clock) -> None:
    with play.db.write() as conn:
        clinics.change(conn, play.clinic, {"cap_day": 2})
    once = "\n  - {key: first, mail: first, at_once: true}"
    play.publishes(campaign_file("urgent", once, entry="{on: by-hand}"), mail_files("first"))
    play.signs_up(play.alice)
    play.signs_up(play.alice, "by-hand")
    play.tick()
    play.tick()
    assert sorted(play.sent(ALICE)) == ["A word: first", "A word: welcome"]
    assert sorted(row["n"] for row in play.rows("cap")) == [1, 2]
