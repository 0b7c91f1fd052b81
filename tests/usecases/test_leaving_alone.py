"""A provider that is away, asks us to wait, or refuses our key: nothing is taken in hand until one try went well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from service.delivery.sendgrid import SendGridProvider
from service.domain.breaker import KEY_AGAIN, PROBE
from service.storage.database import Database
from service.usecases.heed_provider import PROBE_WITHIN, Watch, standing, try_provider
from service.usecases.resend import resend_planned
from tests.support import fake_sendgrid as fakes
from tests.support.cast import Cast, cast
from tests.support.clock import Clock
from tests.support.fake_sendgrid import FakeSendGrid

MANY = 2 * PROBE + 2


@pytest.fixture
def fake() -> Iterator[FakeSendGrid]:
    with FakeSendGrid() as fake:
        yield fake


@pytest.fixture
def play(db: Database, clock: Clock, fake: FakeSendGrid) -> Cast:
    """A dozen guests whose welcome is due; chance always draws the longest wait."""
    made = cast(db, clock, SendGridProvider("SG.not-a-real-key", fake.url), mail="sendgrid")
    made = replace(made, kit=replace(made.kit, in_flight=2, chance=lambda: 0.99))
    for number in range(MANY):
        made.signs_up(made.lead(f"guest{number}"))
    return made


def waiting(play: Cast) -> int:
    """Who is due and was not taken in hand."""
    return MANY - len(play.rows("message"))


def test_an_outage_leaves_everybody_else_where_they_are(play: Cast, fake: FakeSendGrid, clock: Clock) -> None:
    fake.answers(fakes.status(503))
    play.tick(limit=4)
    (row,) = play.rows("breaker")
    assert (row["state"], row["cause"]) == ("open", "outage")
    before = waiting(play)
    assert before >= MANY - 8, "what was flying with it may have left"
    seen = len(fake.seen)
    assert play.tick(limit=4).moved == 0
    assert resend_planned(play.kit, play.provider).seen == 0
    assert (len(fake.seen), waiting(play)) == (seen, before)
    clock.advance(seconds=row["until"] - clock())
    assert play.tick(limit=4).accepted == before
    assert play.rows("breaker")[0]["state"] == "closed"
    assert set(fake.ledger.values()) == {1}


def test_the_first_mails_after_an_outage_are_few_and_leave_one_request_after_the_other(
    play: Cast, fake: FakeSendGrid, clock: Clock
) -> None:
    fake.answers(fakes.status(503), fakes.status(503))
    one = replace(play, kit=replace(play.kit, in_flight=1))
    one.tick(limit=2)
    clock.advance(minutes=1)
    one.tick(limit=500)
    assert [len(request.refs) for request in fake.seen] == [2, PROBE]
    (row,) = one.rows("breaker")
    assert (row["state"], row["openings"]) == ("open", 2)


def test_of_two_workers_one_tries(play: Cast, fake: FakeSendGrid, clock: Clock) -> None:
    fake.answers(fakes.status(503))
    replace(play, kit=replace(play.kit, in_flight=1)).tick(limit=1)
    clock.advance(minutes=1)
    first, second = Watch(play.kit, "sendgrid"), Watch(play.kit, "sendgrid")
    assert (first.gate(), second.gate()) == ("half-open", "open")
    assert first.gate() == "half-open"
    clock.advance(seconds=PROBE_WITHIN)
    assert Watch(play.kit, "sendgrid").gate() == "half-open", "the one that tried was killed"
    first.let_go()


def test_a_storm_of_429_is_waited_out_to_the_second(play: Cast, fake: FakeSendGrid, clock: Clock) -> None:
    reset = clock() + 1_234
    fake.answers(*[fakes.status(429, X_RateLimit_Reset=str(reset))] * 2)
    play.tick(limit=3)
    seen = len(fake.seen)
    assert seen <= 2, "nobody hammers"
    clock.advance(seconds=1_233)
    play.quiet()
    assert len(fake.seen) == seen
    fake.forget_plan()
    clock.advance(seconds=1)
    play.quiet()
    play.quiet()
    assert sorted(fake.ledger.values()) == [1] * MANY
    assert {row["state"] for row in play.rows("message")} == {"accepted"}


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_stops_all_sending_until_a_person_has_it_tried(
    play: Cast, fake: FakeSendGrid, clock: Clock, status: int
) -> None:
    fake.answers(*[fakes.status(status)] * 2)
    play.tick(limit=3)
    found = standing(play.kit)
    assert found is not None
    assert found.cause == "key"
    clock.advance(minutes=1)
    seen = len(fake.seen)
    play.quiet()
    assert len(fake.seen) == seen
    fake.forget_plan()
    assert try_provider(play.kit, play.clinic, play.dana)
    play.tick()
    assert standing(play.kit) is None
    assert not try_provider(play.kit, play.clinic, play.dana), "there is nothing to try"
    clock.advance(seconds=KEY_AGAIN)
    play.quiet()
    assert sorted(fake.ledger.values()) == [1] * MANY


def test_a_letter_that_is_refused_opens_nothing(play: Cast, fake: FakeSendGrid) -> None:
    fake.refused = {f"guest{number}@example.org" for number in range(MANY)}
    play.tick()
    assert play.rows("breaker") == []


def test_a_provider_that_answers_is_never_written_about(play: Cast) -> None:
    play.tick()
    play.quiet()
    assert play.rows("breaker") == []
