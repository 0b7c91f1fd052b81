"""Over SMTP each recipient's answer is their own, and what nobody answered stays in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.delivery.provider import no_probe
from service.delivery.smtp import SmtpProvider, SmtpServer
from service.delivery.smtp_answers import MINUTE
from service.domain.mail import render
from service.domain.message import Accepted, Doubtful, Later, Rejected
from tests.support.clock import NOW
from tests.support.letters import batch, letter, shape
from tests.support.mails import defects
from tests.support.smtp_peer import SmtpPeer, certificate


@pytest.fixture(params=[False, True], ids=["plain", "pipelining"])
def peer(request: pytest.FixtureRequest) -> Iterator[SmtpPeer]:
    with SmtpPeer(pipelining=request.param) as peer:
        yield peer


def provider(peer: SmtpPeer, timeout: float = 10) -> SmtpProvider:
    return SmtpProvider(SmtpServer("127.0.0.1", peer.port, timeout=timeout))


def test_a_batch_arrives_over_one_connection_as_it_was_rendered(peer: SmtpPeer) -> None:
    out = provider(peer)
    points: list[str] = []
    sent = batch(3)
    assert out.send(sent, NOW, points.append) == [Accepted()] * 3
    out.close()
    assert peer.connections == 1
    assert points == ["after-bytes", "after-202"] * 3
    for one, received in zip(sent.letters, peer.received, strict=True):
        rendered = render(sent.shape, one.values, one.token)
        text, html = (part.get_content().replace("\r\n", "\n") for part in received.mail.iter_parts())
        assert (text, html) == (rendered.text, rendered.html)
        assert received.to == [one.to]
        assert received.mail["Message-ID"] == f"<{one.ref}@sun.example>"
        assert defects(received.mail) == []


def test_one_recipient_refused_holds_nobody_else_back(peer: SmtpPeer) -> None:
    peer.answers_to = {
        "person1@example.org": "550 5.1.1 no such user",
        "person2@example.org": "450 4.2.0 greylisted",
        "person3@example.org": "550 5.7.1 policy",
    }
    out = provider(peer)
    found = out.send(batch(5), NOW, no_probe)
    out.close()
    assert found == [
        Accepted(),
        Rejected("refused 550 5.1.1", bad_address=True),
        Later("asked to wait 450 4.2.0", NOW + 10 * MINUTE),
        Rejected("refused 550 5.7.1"),
        Accepted(),
    ]
    assert [mail.to for mail in peer.received] == [["person0@example.org"], ["person4@example.org"]]


def test_421_postpones_this_and_the_rest(peer: SmtpPeer) -> None:
    peer.answers_to = {"person1@example.org": "421 4.3.2 closing"}
    out = provider(peer)
    found = out.send(batch(3), NOW, no_probe)
    out.close()
    assert found == [Accepted(), *[Later("421 the relay is closing", NOW + MINUTE)] * 2]


def test_a_line_that_breaks_after_the_bytes_leaves_a_doubt(peer: SmtpPeer) -> None:
    peer.after_data.extend(["250 OK", "drop"])
    out = provider(peer)
    found = out.send(batch(3), NOW, no_probe)
    out.close()
    assert isinstance(found[1], Doubtful)
    assert found[0] == found[2] == Accepted()
    assert len(peer.received) == 3


@pytest.mark.parametrize("count", [8, 30])
def test_one_that_breaks_every_line_holds_nobody_else_back(peer: SmtpPeer, count: int) -> None:
    peer.answers_to = {"person1@example.org": "drop"}
    out = provider(peer)
    found = out.send(batch(count), NOW, no_probe)
    out.close()
    assert isinstance(found[1], Later)
    assert found[1].reason.startswith("the relay hung up (")
    assert [one for one in found if one != Accepted()] == [found[1]]
    assert len(peer.received) == count - 1


def test_a_relay_that_says_nothing_after_the_bytes_leaves_a_doubt() -> None:
    with SmtpPeer() as peer:
        peer.after_data.extend(["hang", "hang"])
        out = provider(peer, timeout=0.3)
        first, second, third = out.send(batch(3), NOW, no_probe)
        out.close()
    assert first == second == Doubtful("the relay's answer was lost (TimeoutError)")
    assert third == Later("the relay does not answer", NOW + MINUTE)


def test_the_answer_to_the_content_is_final(peer: SmtpPeer) -> None:
    peer.after_data.extend(["554 5.6.0 content refused", "451 4.3.0 later", "550 5.1.1 no such user"])
    out = provider(peer)
    found = out.send(batch(3), NOW, no_probe)
    out.close()
    assert found == [
        Rejected("refused 554 5.6.0"),
        Later("asked to wait 451 4.3.0", NOW + 10 * MINUTE),
        Rejected("refused 550 5.1.1", bad_address=True),
    ]


def test_a_refused_sender_postpones_all_and_loses_nobody(peer: SmtpPeer) -> None:
    peer.sender_answer = "553 5.7.1 not your address"
    out = provider(peer)
    assert out.send(batch(2), NOW, no_probe) == [Later("sender refused 553 5.7.1", NOW + 15 * MINUTE)] * 2
    out.close()


def test_nobody_listening_is_no_doubt(free_port: int) -> None:
    out = SmtpProvider(SmtpServer("127.0.0.1", free_port))
    found = out.send(batch(2), NOW, no_probe)
    assert found == [Later("the relay cannot be reached (ConnectionRefusedError)", NOW + MINUTE)] * 2


def test_a_pooled_connection_that_died_is_opened_anew() -> None:
    with SmtpPeer() as first:
        out = provider(first)
        assert out.send(batch(1), NOW, no_probe) == [Accepted()]
    with SmtpPeer() as second:
        out._pool.server = SmtpServer("127.0.0.1", second.port)
        assert out.send(batch(1), NOW, no_probe) == [Accepted()]
        out.close()


def test_starttls_and_the_password_are_used_where_asked_for(tmp_path: Path) -> None:
    server_tls, client_tls = certificate(tmp_path)
    with SmtpPeer(tls=server_tls, login=("sun", "pass:word")) as peer:
        right = SmtpProvider(SmtpServer("127.0.0.1", peer.port, "sun", "pass:word"), client_tls)
        assert right.send(batch(1), NOW, no_probe) == [Accepted()]
        right.close()
        wrong = SmtpProvider(SmtpServer("127.0.0.1", peer.port, "sun", "other"), client_tls)
        assert wrong.send(batch(1), NOW, no_probe) == [Later("refused-key", NOW + 15 * MINUTE)]
        wrong.close()


def test_a_certificate_that_does_not_hold_sends_nothing(tmp_path: Path) -> None:
    server_tls, _ = certificate(tmp_path)
    with SmtpPeer(tls=server_tls) as peer:
        out = SmtpProvider(SmtpServer("127.0.0.1", peer.port))
        assert out.send(batch(1), NOW, no_probe) == [Later("the relay's certificate does not hold", NOW + 15 * MINUTE)]
        out.close()
        assert peer.received == []


def test_an_address_that_is_none_never_reaches_the_wire(peer: SmtpPeer) -> None:
    out = provider(peer)
    second = "a@b.example>\r\nRCPT TO:<c@d.example"
    tricks = [second, "a b@example.org", "nobody", "a@b@c.example", "x" * 250 + "@e.org"]
    found = out.send(batch([letter(n, to=trick) for n, trick in enumerate(tricks)]), NOW, no_probe)
    out.close()
    assert found == [Rejected("the address is not one", bad_address=True)] * len(tricks)
    assert peer.received == []


def test_an_address_in_another_script_needs_a_relay_that_takes_it() -> None:
    one = batch([letter(1, to="söñja@example.org")])
    with SmtpPeer() as able:
        out = provider(able)
        assert out.send(one, NOW, no_probe) == [Accepted()]
        out.close()
        assert able.received[0].to == ["söñja@example.org"]
    with SmtpPeer(smtputf8=False) as unable:
        out = provider(unable)
        assert out.send(one, NOW, no_probe) == [Rejected("the relay takes no address with such letters (no SMTPUTF8)")]
        out.close()


def test_dots_and_the_word_from_arrive_unharmed(peer: SmtpPeer) -> None:
    name = ".\n..\nFrom me\n.\nMAIL FROM:<x@example.org>\n"
    out = provider(peer)
    out.send(batch([letter(1, name)]), NOW, no_probe)
    out.close()
    text = next(peer.received[0].mail.iter_parts()).get_content().replace("\r\n", "\n")
    assert text == render(shape(), (name, "you"), letter(1).token).text
    assert len(peer.received) == 1


def test_a_worker_that_stops_finishes_the_mail_in_hand_and_begins_no_other(peer: SmtpPeer) -> None:
    out = provider(peer)

    def asked_to_stop(point: str) -> None:
        if point == "after-bytes":
            out.drain()

    found = out.send(batch(3), NOW, asked_to_stop)
    out.close()
    assert found == [Accepted()] + [Later("the worker was stopping", NOW)] * 2
    assert len(peer.received) == 1


def test_the_stop_switch_holds_back_the_letters_that_are_not_begun(
    peer: SmtpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.delivery.smtp_ledger.ASK_EVERY", 0.0)
    out = provider(peer)
    found = out.send(replace(batch(60), held=lambda: bool(peer.received)), NOW, no_probe)
    out.close()
    assert Later("sending was stopped", NOW) in found
    assert found.count(Accepted()) == len(peer.received)
