"""The demo's mailbox: each mail once, and it can tell what it has."""

from __future__ import annotations

from service.delivery.outbox import OutboxProvider
from service.delivery.provider import no_probe
from service.domain.message import Accepted, Asked
from service.storage import outbox
from service.storage.database import Database
from tests.support.clock import NOW
from tests.support.letters import batch


def mailbox(db: Database) -> OutboxProvider:
    def put(mails: object) -> None:
        with db.write() as conn:
            outbox.put(conn, mails)  # type: ignore[arg-type]

    def known(refs: object) -> set[str]:
        with db.read() as conn:
            return outbox.known(conn, refs)  # type: ignore[arg-type]

    return OutboxProvider(put, known)


def test_what_is_sent_twice_stands_there_once(db: Database) -> None:
    provider = mailbox(db)
    points: list[str] = []
    assert provider.send(batch(3), NOW, points.append) == [Accepted()] * 3
    assert provider.send(batch(2), NOW + 60, no_probe) == [Accepted()] * 2
    assert points == ["after-bytes", "after-202"]
    with db.read() as conn:
        mails = outbox.newest(conn, 10)
    assert [mail.to for mail in mails] == ["person2@example.org", "person1@example.org", "person0@example.org"]
    assert {mail.at for mail in mails} == {NOW}
    assert mails[0].headers["List-Unsubscribe"] == f"<https://sun.example/u/{2:022d}>"
    assert "Dear Alice" in mails[0].html


def test_it_tells_by_itself_what_it_has(db: Database) -> None:
    provider = mailbox(db)
    provider.send(batch(1), NOW, no_probe)
    asked = [Asked(f"{number:032x}", "", 0, 0, sure=True) for number in (0, 9)]
    assert provider.recall(asked, NOW) == {f"{0:032x}": True, f"{9:032x}": False}


def test_the_newest_come_first_and_of_one_address_only_when_asked(db: Database) -> None:
    provider = mailbox(db)
    provider.send(batch(2), NOW, no_probe)
    with db.read() as conn:
        assert [mail.to for mail in outbox.newest(conn, 10, "Person0@example.org")] == ["person0@example.org"]
        assert len(outbox.newest(conn, 1)) == 1
        assert outbox.newest(conn, 10, since=NOW + 1) == []
        assert outbox.get(conn, "nothing") is None


def test_an_empty_batch_is_nothing(db: Database) -> None:
    assert mailbox(db).send(batch(0), NOW, no_probe) == []
