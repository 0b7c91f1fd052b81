"""Lines that break, relays that lie or limit us: in doubt is only whose end went out and whose answer was lost."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from service.delivery import smtp_ledger
from service.delivery.provider import no_probe
from service.delivery.smtp import SmtpProvider, SmtpServer
from service.delivery.smtp_answers import GREYLISTED, MINUTE, REFUSED
from service.domain.mail import Batch, Calendar, Letter
from service.domain.message import Accepted, Doubtful, Later, Outcome, Rejected
from tests.support.clock import NOW
from tests.support.letters import MARKETING, batch, letter
from tests.support.smtp_peer import SmtpPeer, certificate
from tests.support.smtp_script import EHLO, Caller, scripted

YES = Accepted()


def sent(port: int, batch: Batch, /, **terms: Any) -> list[Outcome]:
    out = SmtpProvider(SmtpServer("127.0.0.1", port, **terms))
    try:
        return out.send(batch, NOW, no_probe)
    finally:
        out.close()


def large(count: int) -> list[Letter]:
    """Letters that no socket's buffer holds."""
    return [letter(number, calendar=Calendar("REQUEST", "long " * 3_000_000)) for number in range(count)]


def test_many_letters_share_four_lines_that_are_kept() -> None:
    for pipelining in (True, False):
        with SmtpPeer(pipelining=pipelining) as peer:
            out = SmtpProvider(SmtpServer("127.0.0.1", peer.port))
            for _ in range(2):
                assert out.send(batch(40), NOW, no_probe) == [YES] * 40
            out.close()
            assert peer.connections == 4
            assert sorted(mail.to[0] for mail in peer.received) == sorted(2 * [one.to for one in batch(40).letters])


def test_threads_share_the_lines() -> None:
    with SmtpPeer(pipelining=True) as peer:
        out = SmtpProvider(SmtpServer("127.0.0.1", peer.port, lines=3))
        found: list[Outcome] = []
        threads = [
            threading.Thread(target=lambda: found.extend(out.send(batch(20), NOW, no_probe))) for _number in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        out.close()
        assert found == [YES] * 80
        assert len(peer.received) == 80
        assert peer.connections == 3


def test_a_line_is_left_after_as_many_mails_as_were_set() -> None:
    with SmtpPeer(pipelining=True) as peer:
        assert sent(peer.port, batch(7), mails=3) == [YES] * 7
        assert peer.connections == 3


def test_a_relay_that_takes_so_many_over_a_line_gets_another_line() -> None:
    def three(caller: Caller) -> None:
        caller.greets().takes(3)
        caller.hear(3)
        caller.say("421 4.7.0 too many messages in this connection\r\n")

    with scripted(three) as (port, callers):
        assert sent(port, batch(7)) == [YES] * 7
    assert [len(caller.contents) for caller in callers] == [3, 3, 1]


def test_a_relay_that_wants_one_line_gets_one() -> None:
    def first(caller: Caller) -> None:
        caller.greets().takes(40)

    def full(caller: Caller) -> None:
        caller.say("421 4.7.0 too many connections\r\n")

    with scripted(first, full) as (port, callers):
        assert sent(port, batch(40)) == [YES] * 40
    assert [len(caller.contents) for caller in callers] == [40, 0]


def test_a_relay_that_turns_us_away_postpones_all() -> None:
    with scripted(lambda caller: caller.say("554 5.3.2 no service here\r\n")) as (port, _):
        assert sent(port, batch(2)) == [Later("the relay turns us away 554 5.3.2", NOW + MINUTE)] * 2


def test_a_line_that_breaks_before_the_content_leaves_no_doubt() -> None:
    def breaks(caller: Caller) -> None:
        caller.greets().hear(3)

    def works(caller: Caller) -> None:
        caller.greets().takes(2)

    with scripted(breaks, works) as (port, callers):
        assert sent(port, batch(2)) == [YES, YES]
    assert [len(caller.contents) for caller in callers] == [0, 2]


def test_a_line_that_breaks_within_the_content_leaves_no_doubt() -> None:
    def breaks(caller: Caller) -> None:
        caller.greets().envelope()
        caller.sock.recv(1_000)

    with scripted(breaks) as (port, callers):
        first, second = sent(port, batch(large(2)))
    assert isinstance(first, Later)
    assert isinstance(second, Later)
    assert first.reason.startswith("the relay hung up (")
    assert len(callers) == 2


def test_only_the_letter_whose_end_was_out_is_in_doubt() -> None:
    """The next one's envelope was in the same write."""

    def breaks(caller: Caller) -> None:
        caller.greets().envelope()
        caller.content()
        caller.envelope()
        caller.content(None)
        assert len(caller.hear(3)) == 3

    def works(caller: Caller) -> None:
        caller.greets().takes(1)

    with scripted(breaks, works) as (port, callers):
        assert sent(port, batch(3)) == [YES, Doubtful("the relay's answer was lost (EOFError)"), YES]
    assert [len(caller.contents) for caller in callers] == [2, 1]


def test_half_an_answer_is_none() -> None:
    def stops(caller: Caller) -> None:
        caller.greets().envelope()
        caller.content(None)
        caller.say("250 2.0.0 que")

    with scripted(stops) as (port, _):
        assert sent(port, batch(1)) == [Doubtful("the relay's answer was lost (EOFError)")]


def test_a_reset_line_is_like_any_other_that_broke() -> None:
    def resets(caller: Caller) -> None:
        caller.greets().envelope()
        caller.content(None)
        caller.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with scripted(resets) as (port, _):
        assert sent(port, batch(1)) == [Doubtful("the relay's answer was lost (ConnectionResetError)")]


def test_answers_that_are_none_leave_a_doubt_only_where_a_content_is_out() -> None:
    def confused(caller: Caller) -> None:
        caller.greets().envelope()
        caller.content("354 go on")

    with scripted(confused) as (port, _):
        assert sent(port, batch(1)) == [Doubtful("the relay's answer was lost (its answers are out of step)")]

    def babbles(caller: Caller) -> None:
        caller.greets().hear(3)
        caller.say("nonsense\r\n")

    with scripted(babbles) as (port, _):
        assert sent(port, batch(1)) == [Later("the relay hung up (its answer is none)", NOW + MINUTE)]


def test_a_second_yes_is_not_taken_for_the_next_letters() -> None:
    def doubles(caller: Caller) -> None:
        caller.greets().envelope()
        caller.content("250 2.0.0 queued\r\n250 2.0.0 queued again")
        caller.envelope()
        caller.content("250 2.0.0 queued")

    def refuses(caller: Caller) -> None:
        caller.greets().envelope("550 5.1.1 nobody")

    with scripted(doubles, refuses) as (port, callers):
        assert sent(port, batch(2)) == [YES, Rejected("refused 550 5.1.1", bad_address=True)]
    assert [len(caller.contents) for caller in callers] == [1, 0]


def test_421_for_a_content_is_not_sent_and_the_rest_goes_over_another_line() -> None:
    def closes(caller: Caller) -> None:
        caller.greets().envelope()
        caller.content("421 4.3.2 shutting down")

    def works(caller: Caller) -> None:
        caller.greets().takes(1)

    with scripted(closes, works) as (port, _):
        assert sent(port, batch(2)) == [Later("asked to wait 421 4.3.2", NOW + MINUTE), YES]


def test_a_refused_recipient_among_a_pipelined_group_is_reset_before_the_next() -> None:
    def picky(caller: Caller) -> None:
        caller.greets().envelope("450 4.2.0 come back")
        assert caller.hear() == ["RSET"]
        caller.hear(3)
        caller.say("250 OK\r\n250 OK\r\n250 OK\r\n354 go\r\n")
        caller.content()

    with scripted(picky) as (port, _):
        assert sent(port, batch(2)) == [Later("asked to wait 450 4.2.0", NOW + GREYLISTED), YES]


def test_a_relay_that_stops_reading_is_not_waited_for() -> None:
    done = threading.Event()

    def stalls(caller: Caller) -> None:
        caller.greets().envelope()
        done.wait(10)

    with scripted(stalls) as (port, _):
        found = sent(port, batch(large(1)), timeout=0.3)
        done.set()
    assert found == [Later("the relay hung up (TimeoutError)", NOW + MINUTE)]


def test_a_large_mail_goes_out_in_pieces() -> None:
    with scripted(lambda caller: caller.greets().takes(1)) as (port, callers):
        assert sent(port, batch(large(1))) == [YES]
    assert callers[0].contents[0].count(b"\r\n") > 3_000_000 * 5 // 57


def test_a_kept_line_that_the_relay_has_closed_is_not_used() -> None:
    closing = threading.Event()

    def idles(caller: Caller) -> None:
        caller.greets().takes(1)
        caller.say("421 4.4.2 idle too long\r\n")
        closing.set()

    def works(caller: Caller) -> None:
        caller.greets().takes(1)

    with scripted(idles, works) as (port, callers):
        out = SmtpProvider(SmtpServer("127.0.0.1", port))
        assert out.send(batch(1), NOW, no_probe) == [YES]
        assert closing.wait(5)
        callers[0].sock.close()
        assert out.send(batch(1), NOW, no_probe) == [YES]
        out.close()
    assert len(callers) == 2


def test_what_is_slipped_in_before_tls_is_never_heard(tmp_path: Path) -> None:
    _, client_tls = certificate(tmp_path)

    def injects(caller: Caller) -> None:
        caller.greets("250-relay.test\r\n250 STARTTLS\r\n").hear()
        caller.say("220 go ahead\r\n250-evil.test\r\n250 AUTH PLAIN\r\n")
        caller.hear()

    with scripted(injects) as (port, callers):
        out = SmtpProvider(SmtpServer("127.0.0.1", port, "sun", "pass"), client_tls)
        found = out.send(batch(1), NOW, no_probe)
        out.close()
    assert found == [Later("the relay answers what it was not asked; someone may stand between", NOW + REFUSED)]
    assert callers[0].said == ["EHLO sun.example", "STARTTLS"]


def test_without_tls_nothing_is_said_to_a_relay_that_must_have_it() -> None:
    stripped = SmtpServer("relay.example", 25).terms("sun.example").tls
    assert stripped == "required"
    with scripted(lambda caller: caller.greets() and None) as (port, callers):
        out = SmtpProvider(SmtpServer("127.0.0.1", port, tls="required"))
        found = out.send(batch(1), NOW, no_probe)
        out.close()
    assert found == [Later("the relay offers no TLS: nothing was sent", NOW + REFUSED)]
    assert callers[0].said == ["EHLO sun.example"]


def test_many_letters_go_over_lines_under_tls(tmp_path: Path) -> None:
    server_tls, client_tls = certificate(tmp_path)
    with SmtpPeer(pipelining=True, tls=server_tls, login=("sun", "pass")) as peer:
        out = SmtpProvider(SmtpServer("127.0.0.1", peer.port, "sun", "pass", tls="required"), client_tls)
        assert out.send(batch(20), NOW, no_probe) == [YES] * 20
        assert out.send(batch(20), NOW, no_probe) == [YES] * 20
        out.close()
    assert len(peer.received) == 40


def test_a_sender_in_another_script_needs_a_relay_that_takes_it() -> None:
    mails = batch(2, envelope=replace(MARKETING, from_email="größe@sun.example"))
    with scripted(lambda caller: caller.greets().takes(2)) as (port, callers):
        assert sent(port, mails) == [YES, YES]
    assert callers[0].said[1] == "MAIL FROM:<größe@sun.example> BODY=8BITMIME SMTPUTF8"
    with scripted(lambda caller: caller.greets(EHLO.replace("SMTPUTF8", "HELP")).takes(2)) as (port, _):
        refused = "sender refused: the relay takes no address with such letters (no SMTPUTF8)"
        assert sent(port, mails) == [Later(refused, NOW + REFUSED)] * 2


def test_one_address_that_is_none_costs_no_other_its_mail() -> None:
    with scripted(lambda caller: caller.greets().takes(2)) as (port, _):
        found = sent(port, batch([letter(0), letter(1, to="a b@example.org"), letter(2)]))
    assert found == [YES, Rejected("the address is not one", bad_address=True), YES]


def test_what_a_slow_relay_has_not_taken_in_time_goes_into_the_next_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [0.0]
    late = SimpleNamespace(monotonic=lambda: time.monotonic() + passed[0])
    monkeypatch.setattr(smtp_ledger, "time", late)

    def very_slow(point: str) -> None:
        if point == "after-bytes":
            passed[0] = smtp_ledger.PATIENCE

    with SmtpPeer(pipelining=True) as peer:
        out = SmtpProvider(SmtpServer("127.0.0.1", peer.port))
        assert out.send(batch(3), NOW, very_slow) == [YES, *[Later("the relay is slow", NOW)] * 2]
        out.close()
    assert len(peer.received) == 1
