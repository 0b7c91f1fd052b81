"""Several requests to SendGrid at once: recorded before they leave, and each outcome kept, whatever happens between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from service.delivery.sendgrid import SendGridProvider
from service.storage.database import Database
from service.storage.tables import message
from service.usecases.advance import advance
from service.usecases.stop_sending import stop_sending
from tests.support import fake_sendgrid as fakes
from tests.support.cast import Cast, cast
from tests.support.clock import Clock
from tests.support.fake_sendgrid import FakeSendGrid, Request

PATIENT = 20  # seconds that a test waits at most for what must happen at once


@pytest.fixture
def fake() -> Iterator[FakeSendGrid]:
    with FakeSendGrid() as fake:
        yield fake


@pytest.fixture
def play(db: Database, clock: Clock, fake: FakeSendGrid) -> Cast:
    """Nine guests, whose welcome is due now; three requests may fly at once."""
    made = cast(db, clock, SendGridProvider("SG.not-a-real-key", fake.url), mail="sendgrid")
    made = replace(made, kit=replace(made.kit, in_flight=3))
    for number in range(9):
        made.signs_up(made.lead(f"guest{number}"))
    return made


def states(play: Cast) -> list[str]:
    return sorted(row["state"] for row in play.rows("message"))


def test_requests_of_several_batches_are_with_sendgrid_at_once(play: Cast, fake: FakeSendGrid) -> None:
    together = threading.Barrier(3)
    fake.when_read = lambda _request: together.wait(PATIENT) and None
    tally = play.tick(limit=3)
    assert tally.accepted == 9
    assert states(play) == ["accepted"] * 9
    assert set(fake.ledger.values()) == {1}


def test_what_leaves_was_recorded_before_and_holds_no_transaction(play: Cast, fake: FakeSendGrid) -> None:
    found: list[set[str]] = []

    def look(request: Request) -> None:
        with play.db.write(patience=PATIENT) as conn:
            query = sa.select(message.c.state).where(message.c.ref.in_(request.refs))
            found.append(set(conn.execute(query).scalars()))

    fake.when_read = look
    play.tick(limit=3)
    assert found == [{"in_flight"}] * 3


def test_a_worker_that_is_asked_to_stop_waits_for_what_is_flying_and_begins_nothing_more(
    play: Cast, fake: FakeSendGrid
) -> None:
    asked = threading.Event()

    def stop(_request: Request) -> None:
        asked.set()
        play.provider.drain()

    fake.when_read = stop
    tally = advance(play.kit, play.provider, limit=3, go_on=lambda: not asked.is_set())
    landed = len(fake.kept) * 3
    assert landed
    assert tally.accepted == landed
    assert set(states(play)) <= {"accepted", "planned"}
    assert len(fake.ledger) == landed


def test_the_stop_switch_holds_back_the_requests_of_a_batch_that_is_under_way(play: Cast, fake: FakeSendGrid) -> None:
    fake.refused, fake.mute = {"guest4@example.org"}, True
    fake.when_read = lambda _request: stop_sending(play.kit, play.clinic, play.dana, "a wrong letter")
    tally = play.tick(limit=9)
    assert len(fake.seen) == 1
    assert fake.kept == []
    assert tally.later == 9
    assert {row["reason"] for row in play.rows("message")} == {"sending was stopped"}


def test_one_flight_that_breaks_down_costs_the_others_nothing(play: Cast, fake: FakeSendGrid) -> None:
    together, first = threading.Barrier(3), threading.Lock()

    def break_down(point: str) -> None:
        if point == "after-202" and first.acquire(blocking=False):
            raise MemoryError

    fake.when_read = lambda _request: together.wait(PATIENT) and None
    with pytest.raises(MemoryError):
        play.tick(limit=3, probe=break_down)
    assert states(play) == ["accepted"] * 6 + ["in_flight"] * 3


def test_a_lost_answer_leaves_the_other_flights_their_own(play: Cast, fake: FakeSendGrid) -> None:
    fake.answers(fakes.accepted, fakes.accepted_then_reset, fakes.accepted)
    together = threading.Barrier(3)
    fake.when_read = lambda _request: together.wait(PATIENT) and None
    tally = play.tick(limit=3)
    assert (tally.accepted, tally.doubtful) == (6, 3)
    assert states(play) == ["accepted"] * 6 + ["in_doubt"] * 3
