"""A worker that was frozen wakes with mails that others may have in hand by now: it notices before the next request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from service.delivery.sendgrid import SendGridProvider
from service.storage.database import Database
from service.usecases.dispatch import LEASE
from service.usecases.settle import settle
from tests.support.cast import Cast, cast
from tests.support.clock import Clock
from tests.support.fake_sendgrid import FakeSendGrid, accepted, status


@pytest.fixture
def fake() -> Iterator[FakeSendGrid]:
    with FakeSendGrid() as fake:
        yield fake


@pytest.fixture
def play(db: Database, clock: Clock, fake: FakeSendGrid) -> Cast:
    """Four guests, whose welcome is due now."""
    made = cast(db, clock, SendGridProvider("SG.not-a-real-key", fake.url), mail="sendgrid")
    for number in range(4):
        made.signs_up(made.lead(f"guest{number}"))
    return made


def states(play: Cast) -> Counter[str]:
    return Counter(row["state"] for row in play.rows("message"))


def test_a_worker_frozen_before_its_request_sends_nothing_and_tells_that_it_did_not(
    play: Cast, clock: Clock, fake: FakeSendGrid
) -> None:
    meanwhile: list[Counter[str]] = []

    def freeze(point: str) -> None:
        if point == "after-intent":
            clock.advance(seconds=LEASE + 1)
            settle(play.kit, play.provider)  # another worker looks
            meanwhile.append(states(play))

    assert play.tick(probe=freeze).accepted == 0
    assert fake.seen == []
    assert meanwhile == [{"in_doubt": 4}]
    assert states(play) == {"planned": 4}
    play.quiet()
    assert states(play) == {"accepted": 4}
    assert Counter(fake.ledger.values()) == {1: 4}


def test_a_worker_frozen_between_two_requests_of_one_batch_makes_no_second(
    play: Cast, clock: Clock, fake: FakeSendGrid
) -> None:
    fake.mute = True
    fake.refused = {"guest0@example.org"}
    fake.when_read = lambda _request: clock.advance(seconds=LEASE + 1) and None
    play.tick()
    assert len(fake.seen) == 1, "halving would have taken more"
    fake.when_read = None
    fake.refused.clear()
    play.quiet()
    assert Counter(fake.ledger.values()) == {1: 4}
    assert states(play) == {"accepted": 4}


def test_what_was_on_the_wire_when_it_froze_counts_by_the_late_answer(
    play: Cast, clock: Clock, fake: FakeSendGrid
) -> None:
    def freeze(_point: str) -> None:
        clock.advance(seconds=LEASE + 1)
        settle(play.kit, play.provider)

    fake.answers(accepted)
    play.tick(probe=lambda point: freeze(point) if point == "after-bytes" else None)
    assert states(play) == {"accepted": 4}
    assert Counter(fake.ledger.values()) == {1: 4}


def test_a_late_refusal_settles_the_doubt_too(play: Cast, clock: Clock, fake: FakeSendGrid) -> None:
    def freeze(_point: str) -> None:
        clock.advance(seconds=LEASE + 1)
        settle(play.kit, play.provider)

    fake.answers(status(429, X_RateLimit_Reset=str(clock() + 2 * LEASE)))
    play.tick(probe=lambda point: freeze(point) if point == "after-bytes" else None)
    assert states(play) == {"planned": 4}


def test_an_answer_that_comes_after_another_took_the_mail_changes_nothing(
    play: Cast, clock: Clock, fake: FakeSendGrid
) -> None:
    """The fence: who holds the mail now is not told what became of the one before."""

    def freeze(point: str) -> None:
        if point != "after-bytes":
            return
        clock.advance(seconds=LEASE + 1)
        settle(play.kit, play.provider)
        with play.db.write() as conn:
            conn.exec_driver_sql("UPDATE message SET fence = fence + 1, state = 'in_flight'")

    fake.answers(status(429))
    play.tick(probe=freeze)
    assert states(play) == {"in_flight": 4}
