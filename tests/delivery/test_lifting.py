"""Somebody who had asked us to stop comes back: at the provider's own list first, then here."""

import pytest

from service.delivery.sendgrid import SendGridProvider
from service.storage import consents, suppressions
from service.storage.database import Database
from service.usecases.confirm_address import Confirmation, confirm_address
from service.usecases.lift_stops import ASK_AGAIN, lift_stops
from service.usecases.suppress_address import suppress_address
from service.usecases.unsubscribe import resubscribe, stop_mails, stopped, unsubscribe
from tests.support.cast import Cast, cast, outbox_provider
from tests.support.clock import Clock
from tests.support.fake_sendgrid import FakeSendGrid, page, status

BOB = "bob@example.org"


@pytest.fixture
def fake():  # type: ignore[no-untyped-def]
    with FakeSendGrid(unsubscribed={BOB, "other@example.org"}) as made:
        yield made


def _play(db: Database, clock: Clock, fake: FakeSendGrid) -> Cast:
    """Bob, who had unsubscribed, has ticked the box again and pressed the button of the mailed link."""
    play = cast(db, clock, SendGridProvider("SG.not-real", fake.url, timeout=1, deadline=2), mail="sendgrid")
    clock.advance(days=1)
    _confirms(play)
    return play


def _confirms(play: Cast) -> None:
    with play.db.write() as conn:
        consents.record(
            conn, clinic_id=play.clinic, lead_id=play.bob, kind="asked", wording="w", version="1", how="form",
            at=play.kit.clock(),
        )  # fmt: skip
    assert confirm_address(play.kit, play.bob) is Confirmation.GIVEN


def _stands(play: Cast) -> list[str]:
    with play.db.read() as conn:
        return [row.reason for row in suppressions.standing(conn, play.clinic, BOB)]


def _entered(play: Cast) -> int:
    return len(play.rows("enrollment", lead_id=play.bob))


def test_a_confirmed_address_leaves_the_providers_list_before_anything_is_sent(
    db: Database, clock: Clock, fake: FakeSendGrid
) -> None:
    play = _play(db, clock, fake)
    play.tick()
    assert (_stands(play), _entered(play), fake.seen) == (["unsubscribed"], 0, [])
    assert lift_stops(play.kit, play.provider) == 1
    assert (_stands(play), _entered(play), fake.unsubscribed) == ([], 1, {"other@example.org"})
    assert [request.path for request in fake.seen] == ["/v3/asm/suppressions/global/bob@example.org"]
    play.tick()
    assert [mail.to for mail in fake.mails] == [BOB]


def test_it_is_asked_once(db: Database, clock: Clock, fake: FakeSendGrid) -> None:
    play = _play(db, clock, fake)
    lift_stops(play.kit, play.provider)
    assert lift_stops(play.kit, play.provider) == 0
    assert len(fake.seen) == 1
    assert _entered(play) == 1


@pytest.mark.parametrize("trouble", [status(500), status(429), page(502)], ids=["500", "429", "gateway"])
def test_it_is_asked_again_until_it_answers(db: Database, clock: Clock, fake: FakeSendGrid, trouble) -> None:  # type: ignore[no-untyped-def]
    play = _play(db, clock, fake)
    fake.answers(trouble)
    assert lift_stops(play.kit, play.provider) == 0
    assert lift_stops(play.kit, play.provider) == 0
    assert (_stands(play), len(fake.seen)) == (["unsubscribed"], 1)
    clock.advance(seconds=ASK_AGAIN)
    assert lift_stops(play.kit, play.provider) == 1
    assert (_stands(play), _entered(play)) == ([], 1)


@pytest.mark.parametrize("code", [401, 403])
def test_a_key_that_may_not_holds_nobody_up(db: Database, clock: Clock, fake: FakeSendGrid, code: int) -> None:
    play = _play(db, clock, fake)
    fake.answers(status(code))
    assert lift_stops(play.kit, play.provider) == 1
    assert (_stands(play), _entered(play)) == ([], 1)


def test_an_address_that_is_not_on_the_list_is_as_good(db: Database, clock: Clock, fake: FakeSendGrid) -> None:
    play = _play(db, clock, fake)
    fake.answers(status(404))
    assert lift_stops(play.kit, play.provider) == 1
    assert _entered(play) == 1


def test_a_new_stop_meanwhile_is_the_last_word(db: Database, clock: Clock, fake: FakeSendGrid) -> None:
    play = _play(db, clock, fake)
    unsubscribe(play.kit, play.bob)
    assert lift_stops(play.kit, play.provider) == 0
    assert (_stands(play), _entered(play), fake.seen) == (["unsubscribed"], 0, [])
    assert play.rows("lead", id=play.bob)[0]["consent"] == "withdrawn"


def test_a_stop_while_the_provider_is_asked_is_the_last_word_too(
    db: Database, clock: Clock, fake: FakeSendGrid
) -> None:
    play = _play(db, clock, fake)
    fake.when_read = lambda _request: unsubscribe(play.kit, play.bob) and None
    assert lift_stops(play.kit, play.provider) == 0
    assert (_stands(play), _entered(play)) == (["unsubscribed"], 0)


@pytest.mark.parametrize("reason", ["complaint", "invalid", "hard-bounce"])
def test_a_complaint_and_a_dead_address_stay(db: Database, clock: Clock, fake: FakeSendGrid, reason: str) -> None:
    play = _play(db, clock, fake)
    with db.write() as conn:
        suppress_address(conn, BOB, reason, clock())
    lift_stops(play.kit, play.provider)
    play.tick()
    assert _stands(play) == [reason]
    assert fake.mails == []
    assert all("/asm/suppressions/global/" in request.path for request in fake.seen)


def test_what_the_provider_told_us_is_not_taken_back_by_one_press(
    db: Database, clock: Clock, fake: FakeSendGrid
) -> None:
    play = cast(db, clock, SendGridProvider("SG.not-real", fake.url), mail="sendgrid")
    with db.write() as conn:
        stop_mails(conn, play.alice, clock(), message_id=None, how="provider")
    assert not resubscribe(play.kit, play.alice)


def test_where_no_provider_keeps_a_list_the_press_is_enough(db: Database, clock: Clock) -> None:
    play = cast(db, clock)
    clock.advance(days=1)
    _confirms(play)
    assert (_stands(play), _entered(play)) == ([], 1)
    assert outbox_provider(db).lift(BOB) == "done"


def test_while_the_provider_is_asked_the_pages_do_not_say_stopped(
    db: Database, clock: Clock, fake: FakeSendGrid
) -> None:
    play = _play(db, clock, fake)
    with db.read() as conn:
        from service.storage import leads

        assert stopped(conn, leads.get(conn, play.bob), clock()) is None
