"""Each fault by itself, in the middle of two mails to a few guests: what becomes of them, in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.domain.message import PROBES
from tests.support.schedules.draw import Hand, Kind, Point, Round, Schedule, When
from tests.support.schedules.judge import Ledger
from tests.support.schedules.play import play
from tests.support.schedules.world import World

Suffer = Callable[..., Ledger]
HOUR = 3_600
GUESTS = 3
MAILS = 2 * GUESTS
ONE_BY_ONE = Hand(limit=1, flying=1)


@pytest.fixture
def dialect() -> str:
    """A fault of the wire is the same over either database; the tests of the others name both."""
    return "sqlite"


@pytest.fixture
def suffer(dialect: str, world_of: Callable[[Schedule], World], tmp_path: Path) -> Suffer:
    """Plays these rounds, holds the promise, and gives the ledger. Unless told otherwise SendGrid reports soon."""

    def run(*rounds: Round, kind: Kind = "sendgrid", **given: Any) -> Ledger:
        plain: dict[str, Any] = {"reports": "soon", "log": "none", "heard": True}
        schedule = Schedule(1, "one fault", kind, GUESTS, rounds=rounds, **plain | given)
        return play(schedule, world_of(schedule), tmp_path)

    return run


both = pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])


def killed(name: str, nth: int = 1, limit: int = 500, when: When = "next") -> Round:
    return Round((Hand(limit, kill=Point(name, nth)),), when=when)


def each_got_both_once(ledger: Ledger) -> bool:
    count = ledger.counts
    return (count["taken"], ledger.rows["accepted"], count["repeated"], count["left"]) == (MAILS, MAILS, 0, 0)


# ── killed ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("kind", "dialect"),
    [("outbox", "postgresql"), ("smtp", "sqlite"), ("sendgrid", "sqlite"), ("sendgrid", "postgresql")],
)
@pytest.mark.parametrize("point", PROBES)
def test_killed_at_a_named_point_it_goes_on_where_it_stood(suffer: Suffer, kind: Kind, point: str) -> None:
    ledger = suffer(killed(point), kind=kind)
    assert ledger.counts["killed"] == 1
    if kind == "smtp":
        assert ledger.rows["accepted"] == MAILS
        assert ledger.counts["repeated"] <= ledger.counts["doubts"]
    else:
        assert each_got_both_once(ledger)


@both
def test_killed_by_the_time_sendgrid_has_read_the_request_its_events_settle_it(suffer: Suffer) -> None:
    ledger = suffer(killed("read"))
    assert (ledger.counts["killed"], ledger.counts["doubts"]) == (1, GUESTS)
    assert each_got_both_once(ledger)


@both
def test_killed_at_any_statement_it_goes_on_where_it_stood(suffer: Suffer, long: bool) -> None:
    for number in range(1, 35, 1 if long else 11):
        assert each_got_both_once(suffer(killed("statement", number)))


@both
def test_killed_at_any_commit_it_goes_on_where_it_stood(suffer: Suffer, long: bool) -> None:
    for number in range(1, 5 if long else 3):
        assert each_got_both_once(suffer(killed("commit", number, limit=2)))


def test_killed_again_and_again_it_still_gets_there(suffer: Suffer) -> None:
    points = ("after-202", "after-intent", "before-intent", "after-bytes")
    ledger = suffer(*(Round((replace(ONE_BY_ONE, kill=Point(point)),)) for point in points))
    assert ledger.counts["killed"] == 4
    assert each_got_both_once(ledger)


@pytest.mark.parametrize("kind", ["sendgrid", "smtp"])
def test_what_is_in_doubt_twice_is_left_to_a_person(suffer: Suffer, kind: Kind) -> None:
    ledger = suffer(killed("after-intent"), killed("after-intent", when="resend"), kind=kind)
    assert (ledger.counts["killed"], ledger.counts["left"], ledger.counts["taken"]) == (2, GUESTS, GUESTS)


# ── answers that are lost, or are none ──────────────────────────────────────────────────────────────────────────────
LOST = ("taken-reset", "taken-truncated", "taken-drips", "taken-hangs", "taken-500", "taken-302")


@pytest.mark.parametrize("answer", LOST)
def test_a_lost_answer_is_settled_by_the_events(suffer: Suffer, answer: str) -> None:
    ledger = suffer(Round(answers=(answer,)))
    assert (ledger.counts["answers lost"], ledger.counts["doubts"]) == (GUESTS, GUESTS)
    assert each_got_both_once(ledger)


def test_a_lost_answer_that_no_event_settles_is_one_repeat(suffer: Suffer) -> None:
    ledger = suffer(Round(answers=("taken-reset",)), reports="never")
    assert (ledger.counts["repeated"], ledger.counts["left"]) == (GUESTS, 0)


def test_where_no_event_is_ever_heard_nothing_is_repeated_and_a_person_decides(suffer: Suffer) -> None:
    ledger = suffer(Round(answers=("taken-reset",)), reports="never", heard=False)
    assert (ledger.counts["repeated"], ledger.counts["left"]) == (0, GUESTS)


@pytest.mark.parametrize("answer", ["500", "502", "302", "hangs", "reset"])
def test_what_was_not_taken_and_is_in_doubt_goes_out_once_a_day_later(suffer: Suffer, answer: str) -> None:
    ledger = suffer(Round(answers=(answer,)))
    assert (ledger.counts["answers lost"], ledger.counts["doubts"]) == (0, GUESTS)
    assert each_got_both_once(ledger)


def test_a_storm_of_429_delays_and_leaves_no_doubt(suffer: Suffer) -> None:
    ledger = suffer(*[Round((ONE_BY_ONE,), answers=("429",) * 3)] * 3)
    assert ledger.counts["doubts"] == 0
    assert each_got_both_once(ledger)


def test_500s_one_after_the_other_end_in_one_mail_each(suffer: Suffer) -> None:
    ledger = suffer(Round((ONE_BY_ONE,), answers=("500", "taken-500", "502")))
    assert each_got_both_once(ledger)


# ── the database ────────────────────────────────────────────────────────────────────────────────────────────────────
@both
@pytest.mark.parametrize("point", ["before-intent", "after-202"])
def test_a_database_that_is_locked_for_a_moment_is_waited_for(suffer: Suffer, point: str) -> None:
    ledger = suffer(Round((Hand(trouble="locked", trouble_at=Point(point)),)))
    assert (ledger.counts["failed"], ledger.counts["doubts"]) == (0, 0)
    assert each_got_both_once(ledger)


def test_an_answer_that_a_locked_database_could_not_take_is_settled_by_the_events(suffer: Suffer) -> None:
    ledger = suffer(Round((Hand(trouble="stuck", trouble_at=Point("after-202")),)))
    assert ledger.counts["failed"] == 1
    assert each_got_both_once(ledger)


@pytest.mark.parametrize(("point", "doubts"), [("before-intent", 0), ("after-intent", GUESTS), ("after-202", GUESTS)])
def test_a_full_disk_loses_nothing(suffer: Suffer, point: str, doubts: int) -> None:
    ledger = suffer(Round((Hand(trouble="full", trouble_at=Point(point)),)))
    assert (ledger.counts["failed"], ledger.counts["doubts"]) == (1, doubts)
    assert each_got_both_once(ledger)


@pytest.mark.parametrize("dialect", ["postgresql"])
@pytest.mark.parametrize("point", ["before-intent", "after-intent", "after-202"])
def test_connections_that_are_cut_lose_nothing(suffer: Suffer, point: str) -> None:
    assert each_got_both_once(suffer(Round((Hand(trouble="cut", trouble_at=Point(point)),))))


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_connections_that_are_cut_in_a_transaction_lose_nothing(suffer: Suffer, long: bool) -> None:
    failed = 0
    for number in range(12, 35, 1 if long else 6):
        ledger = suffer(Round((Hand(trouble="cut", trouble_at=Point("statement", number)),)))
        assert each_got_both_once(ledger)
        failed += ledger.counts["failed"]
    assert failed > 0


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_postgresql_that_is_restarted_on_the_way_loses_nothing(suffer: Suffer) -> None:
    assert each_got_both_once(suffer(Round((Hand(trouble="restart", trouble_at=Point("after-202")),))))


# ── hands and clocks ────────────────────────────────────────────────────────────────────────────────────────────────
@both
def test_two_workers_on_one_queue_send_each_mail_once(suffer: Suffer) -> None:
    assert each_got_both_once(suffer(Round((ONE_BY_ONE, ONE_BY_ONE))))


@both
def test_when_one_of_two_workers_is_killed_the_other_goes_on(suffer: Suffer) -> None:
    ledger = suffer(Round((Hand(1, kill=Point("after-202")), ONE_BY_ONE)))
    assert each_got_both_once(ledger)


@pytest.mark.parametrize("hours", [-26, 26])
@pytest.mark.parametrize("point", [None, "after-202"])
def test_a_clock_that_jumps_repeats_nothing(suffer: Suffer, hours: int, point: str | None) -> None:
    assert each_got_both_once(suffer(Round((Hand(skew=hours * HOUR, skew_at=point),))))


def test_a_clock_that_runs_ahead_takes_nobody_s_mail_out_of_the_others_hands(suffer: Suffer) -> None:
    ledger = suffer(Round((ONE_BY_ONE, Hand(1, skew=2 * HOUR))), Round((ONE_BY_ONE, Hand(1, skew=26 * HOUR))))
    assert each_got_both_once(ledger)


# ── reports ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@both
@pytest.mark.parametrize("reports", ["soon", "early", "late"])
def test_reports_in_any_order_twice_early_or_a_day_late_settle_a_doubt(suffer: Suffer, reports: str) -> None:
    ledger = suffer(Round(answers=("taken-reset",)), reports=reports)
    assert ledger.counts["told"] == MAILS
    assert each_got_both_once(ledger)


# ── leaving ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@both
def test_whoever_unsubscribes_while_a_mail_is_in_doubt_gets_no_repeat(suffer: Suffer) -> None:
    leaving = tuple((guest, "before") for guest in range(GUESTS))
    ledger = suffer(killed("after-202"), Round(leaves=leaving, when="resend"), reports="never")
    assert (ledger.counts["unsubscribed"], ledger.counts["repeated"]) == (GUESTS, 0)
    assert ledger.counts["taken"] == GUESTS


@both
def test_an_unsubscribe_against_the_claim_of_the_next_mail_has_one_winner(suffer: Suffer) -> None:
    leaving = tuple((guest, "during") for guest in range(GUESTS))
    ledger = suffer(Round(), Round((ONE_BY_ONE,), leaves=leaving, when="due"))
    assert (ledger.counts["unsubscribed"], ledger.counts["mailed after"]) == (GUESTS, 0)


def test_whoever_unsubscribes_while_another_s_mail_is_on_the_wire_gets_none(suffer: Suffer) -> None:
    leaving = tuple((guest, "on-read") for guest in range(GUESTS))
    ledger = suffer(Round(), Round((ONE_BY_ONE,), leaves=leaving, when="due"))
    assert ledger.counts["unsubscribed"] > ledger.counts["on the wire"]
    assert ledger.counts["taken"] < MAILS


def test_a_bad_address_holds_nobody_back(suffer: Suffer) -> None:
    ledger = suffer(Round(), refused=(1,))
    assert ledger.rows == {"accepted": MAILS - 2, "rejected": 1}
