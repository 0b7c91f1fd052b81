"""The way out is tried without sending: what answers is said plainly, with its mend."""

from __future__ import annotations

import pytest

from service.delivery.greeting import Greets
from service.delivery.outbox import OutboxProvider
from service.delivery.sendgrid import SendGridProvider
from service.delivery.smtp import SmtpProvider, SmtpServer
from service.storage import clinics
from service.storage.database import Database
from service.usecases.check_way import check_way, records_of, way_of
from tests.support.clinic import sun
from tests.support.clock import Clock
from tests.support.fake_sendgrid import FakeSendGrid
from tests.support.postgres import free_port
from tests.support.smtp_peer import SmtpPeer


def test_a_relay_that_answers_is_well_and_gets_no_mail() -> None:
    with SmtpPeer() as peer:
        found = SmtpProvider(SmtpServer("127.0.0.1", peer.port, timeout=5)).greet("sun.example")
        assert (found.state, found.what) == ("well", "127.0.0.1 answered without asking for a password")
        assert (peer.connections, peer.received) == (1, [])


def test_a_relay_that_is_not_there_is_said_with_what_to_look_at() -> None:
    found = SmtpProvider(SmtpServer("127.0.0.1", free_port(), timeout=5)).greet("sun.example")
    assert found.state == "mend"
    assert "cannot be reached" in found.what
    assert "host and port" in found.mend


def test_a_password_that_the_relay_does_not_take_is_never_repeated() -> None:
    with SmtpPeer(login=("dana", "right")) as peer:
        server = SmtpServer("127.0.0.1", peer.port, "dana", "not-this-one", timeout=5)
        found = SmtpProvider(server).greet("sun.example")
    assert found.state == "mend"
    assert "not-this-one" not in repr(found)


@pytest.mark.parametrize(
    ("status", "scopes", "state", "words"),
    [
        (200, ["mail.send", "asm.groups.read"], "well", "may send mail"),
        (200, ["asm.groups.read"], "mend", "may not send mail"),
        (401, [], "mend", "does not know the key"),
        (503, [], "unseen", "answered 503"),
    ],
)
def test_sendgrid_says_what_the_key_may_do(status: int, scopes: list[str], state: str, words: str) -> None:
    with FakeSendGrid() as fake:
        fake.scopes = (status, scopes)
        found = SendGridProvider("SG.key-of-a-test", fake.url).greet("sun.example")
        assert [request.path for request in fake.seen] == ["/v3/scopes"]
    assert (found.state, words in found.what) == (state, True)
    assert "SG.key" not in repr(found)


def test_what_was_found_is_kept_with_its_hour_and_the_worker_is_asked_for_the_records(
    db: Database, clock: Clock
) -> None:
    house = sun(db, clock)
    with db.read() as conn:
        clinic = clinics.get(conn, house.clinic)
    assert way_of(house.kit, clinic) is None
    outbox = OutboxProvider(lambda _mails: None, lambda _refs: set())
    assert isinstance(outbox, Greets)
    found = check_way(house.kit, outbox, clinic)
    seen = way_of(house.kit, clinic)
    assert seen is not None
    assert (seen.at, seen.check) == (house.kit.wall(), found)
    assert records_of(house.kit, clinic).asked
    assert check_way(house.kit, object(), clinic).state == "unseen"
