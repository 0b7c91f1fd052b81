"""The mailbox is read from where it was left, over TLS that is verified, and nothing in it is changed."""

from __future__ import annotations

import dataclasses
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.delivery.mailbox import LONGEST, Bookmark, Mailbox, MailboxFault, MailboxServer, mailbox_from_url
from tests.support.clock import NOW
from tests.support.imap_peer import ImapPeer
from tests.support.smtp_peer import certificate


@pytest.fixture
def peer() -> Iterator[ImapPeer]:
    with ImapPeer() as peer:
        yield peer


def server(peer: ImapPeer, **changed: object) -> MailboxServer:
    plain = MailboxServer("127.0.0.1", peer.port, peer.user, peer.password, tls="started")
    return dataclasses.replace(plain, **changed)  # type: ignore[arg-type]


def words(mailbox: Mailbox, mark: Bookmark | None, most: int = 50) -> tuple[list[bytes], Bookmark, bool]:
    fetched = mailbox.fetch(mark, NOW, most)
    return [raw for _, raw in fetched.mails], fetched.bookmark, fetched.more


def test_each_look_goes_on_where_the_last_one_ended(peer: ImapPeer) -> None:
    mailbox = Mailbox(server(peer))
    peer.brings(b"one\r\n")
    peer.brings(b"two\r\n")
    first, mark, more = words(mailbox, None)
    assert (first, mark, more) == ([b"one\r\n", b"two\r\n"], Bookmark(7, 2, NOW), False)
    assert words(mailbox, mark) == ([], mark, False)
    peer.brings(b"three\r\n", number=9)
    assert words(mailbox, mark)[:2] == ([b"three\r\n"], Bookmark(7, 9, NOW))


def test_many_come_a_few_at_a_time(peer: ImapPeer) -> None:
    for number in range(5):
        peer.brings(b"%d" % number)
    mailbox = Mailbox(server(peer))
    first, mark, more = words(mailbox, None, 3)
    assert (len(first), more) == (3, True)
    rest, mark, more = words(mailbox, mark, 3)
    assert (rest, mark.last, more) == ([b"3", b"4"], 5, False)


def test_a_mailbox_that_was_numbered_anew_is_read_by_date(peer: ImapPeer) -> None:
    peer.brings(b"one")
    assert words(Mailbox(server(peer)), Bookmark(6, 99, NOW))[:2] == ([b"one"], Bookmark(7, 1, NOW))
    assert "UID SEARCH SINCE 22-Nov-2026" in peer.said


def test_a_long_mail_is_read_in_its_beginning_only(peer: ImapPeer) -> None:
    peer.brings(b"x" * (LONGEST + 10))
    assert [len(raw) for raw in words(Mailbox(server(peer)), None)[0]] == [LONGEST]


def test_nothing_is_marked_moved_or_deleted(peer: ImapPeer) -> None:
    peer.brings(b"one")
    words(Mailbox(server(peer)), None)
    assert {said.split()[0] for said in peer.said} == {"CAPABILITY", "LOGIN", "EXAMINE", "UID", "LOGOUT"}
    assert all("PEEK" in said for said in peer.said if "FETCH" in said)


def test_faults_say_what_to_mend_and_hold_nobody_s_words(peer: ImapPeer) -> None:
    for changed, mend in (({"password": "wrong"}, "password"), ({"folder": "Nowhere"}, "folder")):
        with pytest.raises(MailboxFault, match=mend) as fault:
            Mailbox(server(peer, **changed)).fetch(None, NOW)
        assert peer.password not in fault.value.reason
    peer.brings(b"one")
    for command in ("LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH"):
        peer.breaks_at = command
        with pytest.raises(MailboxFault):
            Mailbox(server(peer)).fetch(None, NOW)


def test_nobody_listening_is_a_fault(free_port: int) -> None:
    with pytest.raises(MailboxFault, match="cannot be reached"):
        Mailbox(MailboxServer("127.0.0.1", free_port, "a", "b")).fetch(None, NOW)


@pytest.mark.parametrize("starttls", [False, True])
def test_tls_is_verified(tmp_path: Path, starttls: bool) -> None:
    offered, trusting = certificate(tmp_path)
    with ImapPeer(tls=offered, starttls=starttls) as peer:
        peer.brings(b"one")
        there = server(peer, tls="started" if starttls else "implicit")
        assert words(Mailbox(there, trusting), None)[0] == [b"one"]
        with pytest.raises(MailboxFault, match="SSLCertVerificationError"):
            Mailbox(there, ssl.create_default_context()).fetch(None, NOW)
        assert "LOGIN" in peer.said
        assert peer.said.count("LOGIN") == 1


def test_the_setting_is_an_address_with_everything_in_it() -> None:
    assert mailbox_from_url("imaps://desk%40sun.example:p%2Fw%40@mail.sun.example/Replies%20in") == MailboxServer(
        "mail.sun.example", 993, "desk@sun.example", "p/w@", "Replies in", "implicit"
    )
    assert mailbox_from_url("imap://a:b@mail.example:1143") == MailboxServer(
        "mail.example", 1143, "a", "b", "INBOX", "started"
    )
    for wrong in ("pop3://a:b@c", "imaps://mail.example/INBOX", "imaps://a@mail.example", "imaps://"):
        with pytest.raises(ValueError, match="imaps://"):
            mailbox_from_url(wrong)
