"""The mailbox is looked into by a job: each mail once, whenever the job is killed and however often it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa

from service.delivery.mailbox import Mailbox, MailboxServer
from service.storage.database import Database
from service.storage.tables import incoming_mail, task
from service.usecases import poll_mailbox as polling
from service.usecases.kit import Kit
from service.usecases.poll_mailbox import fault_since, poll_mailbox
from tests.support.clinic import sun
from tests.support.clock import Clock
from tests.support.imap_peer import ImapPeer
from tests.support.written_back import reply


@dataclass
class Room:
    kit: Kit
    peer: ImapPeer

    def count(self, table: sa.Table) -> int:
        with self.kit.db.read() as conn:
            return conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


@pytest.fixture
def room(db: Database, clock: Clock) -> Iterator[Room]:
    house = sun(db, clock)
    house.lead("Alice")
    with ImapPeer() as peer:
        there = MailboxServer("127.0.0.1", peer.port, peer.user, peer.password, tls="started")
        yield Room(replace(house.kit, mailbox=Mailbox(there)), peer)


def test_what_comes_is_kept_and_read_once(room: Room) -> None:
    room.peer.brings(reply("Yes?"))
    assert [poll_mailbox(room.kit), poll_mailbox(room.kit)] == [1, 0]
    room.peer.brings(reply("And Saturdays?"))
    assert poll_mailbox(room.kit) == 1
    assert room.count(task) == 2


def test_more_than_one_visit_s_worth_is_read_in_one_round(room: Room) -> None:
    for number in range(26):
        room.peer.brings(reply(f"Question {number}?"))
    assert poll_mailbox(room.kit) == 26


def test_a_mailbox_numbered_anew_brings_nothing_twice(room: Room) -> None:
    room.peer.brings(reply("Yes?"))
    poll_mailbox(room.kit)
    room.peer.validity = 8
    room.peer.brings(reply("And Saturdays?"))
    assert poll_mailbox(room.kit) == 1
    assert room.count(task) == 2


@pytest.mark.parametrize("place", ["_keep", "read_waiting_mails"])
def test_killed_anywhere_nothing_is_lost_or_done_twice(room: Room, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    room.peer.brings(reply("Yes?"))

    def killed(*_: object) -> int:
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(polling, place, killed)
        with pytest.raises(SystemExit):
            poll_mailbox(room.kit)
    assert room.count(task) == 0
    poll_mailbox(room.kit)
    assert (room.count(task), room.count(incoming_mail)) == (1, 1)


def test_a_mailbox_that_cannot_be_read_is_said_until_it_can(room: Room, clock: Clock) -> None:
    room.peer.brings(reply("Yes?"))
    password, room.peer.password = room.peer.password, "changed"
    since = clock()
    for _ in range(2):
        assert poll_mailbox(room.kit) == 0
        told = fault_since(room.kit)
        assert told is not None
        assert told[1] == since
        clock.advance(minutes=1)
    room.peer.password = password
    assert poll_mailbox(room.kit) == 1
    assert fault_since(room.kit) is None


def test_a_quiet_mailbox_writes_nothing(room: Room) -> None:
    poll_mailbox(room.kit)
    with room.kit.db.write() as conn:  # on SQLite a second writer would wait for this one
        conn.execute(sa.select(incoming_mail.c.id))
        assert poll_mailbox(room.kit) == 0


def test_without_a_mailbox_there_is_nothing_to_do(db: Database, clock: Clock) -> None:
    assert poll_mailbox(sun(db, clock).kit) == 0
