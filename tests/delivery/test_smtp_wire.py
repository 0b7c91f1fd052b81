"""Whatever a relay answers, in whatever pieces: what we believe of a letter is what became of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.mime_content import content_of
from service.delivery.smtp_answers import REFUSED, Unwilling
from service.delivery.smtp_commands import Event, mail_from, rcpt_to
from service.delivery.smtp_hello import START_TLS, Offers, Terms, hello
from service.delivery.smtp_replies import Replies, Reply
from service.delivery.smtp_wire import Wire
from tests.support.smtp_model import ModelRelay

MAIL = mail_from("hello@sun.example")
ANSWERS = {
    "MAIL": ["", "", "", "", "", "", "", "553 5.7.1 not you", "451 4.3.0 later", "421 4.3.2 closing", "354 what"],
    "RCPT": ["", "", "", "", "550 5.1.1 nobody", "450 4.2.0 greylisted", "421 4.3.2 closing", "250-twice\r\n250 ok"],
    "DATA": ["", "", "", "", "", "554 5.5.1 no", "451 4.3.0 later", "250 what", "421 4.3.2 closing"],
    "DOT": [
        "",
        "",
        "",
        "",
        "250 2.0.0 ok\r\n250 again",
        "554 5.6.0 content",
        "451 4.3.0 later",
        "421 4.4.2 bye",
        "354",
    ],
    "RSET": ["", "", "", "", "500 what"],
}


def content(ticket: int) -> bytes:
    return content_of(f"Subject: {ticket}\r\n\r\n{'x' * (ticket % 7 * 20)}\r\n".encode())


@dataclass
class Talk:
    """A wire and a model relay, with the octets between them cut as `draw` likes."""

    wire: Wire
    relay: ModelRelay
    draw: st.DataObject
    letters: int
    accepted: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    begun: int = 0

    def run(self) -> None:
        """Until the letters or the line are at an end."""
        on_the_way = b""
        while self.wire.over is None:
            if self.wire.ready and self.begun < self.letters:
                self.wire.begin(self.begun, MAIL, rcpt_to(f"person{self.begun}@example.org"))
                self.begun += 1
            on_the_way += self.wire.take()
            if not on_the_way and self.wire.idle:
                return
            sent = self._piece(on_the_way)
            self.wire.wrote(len(sent))
            self.relay.feed(sent)
            on_the_way = on_the_way[len(sent) :]
            heard = self.relay.take()
            while heard and self.wire.over is None:
                piece = self._piece(heard)
                heard = heard[len(piece) :]
                for event in self.wire.feed(piece):
                    self._decide(event)
            if self.relay.hung_up:
                return

    def _piece(self, octets: bytes) -> bytes:
        if len(octets) < 2 or self.draw.draw(st.booleans()):
            return octets
        return octets[: self.draw.draw(st.integers(1, len(octets)))]

    def _decide(self, event: Event) -> None:
        if event.kind == "go":
            self.wire.content(event.ticket, content_of(content(event.ticket)))
        elif event.kind == "accepted":
            self.accepted.append(event.ticket)
        else:
            self.refused.append(event.ticket)


@given(draw=st.data(), pipelining=st.booleans(), lax=st.booleans(), letters=st.integers(1, 6))
def test_what_is_believed_of_a_letter_is_what_became_of_it(
    draw: st.DataObject, pipelining: bool, lax: bool, letters: int
) -> None:
    def mood(verb: str) -> str | None:
        if draw.draw(st.integers(0, 19)) == 0:
            return None
        return draw.draw(st.sampled_from(ANSWERS[verb]))

    relay = ModelRelay(mood, pipelining, lax)
    talk = Talk(Wire(pipelining), relay, draw, letters)
    talk.run()
    doubtful, unsent = talk.wire.lost()
    for ticket in range(talk.begun):
        held = {
            "accepted": ticket in talk.accepted,
            "refused": ticket in talk.refused,
            "doubtful": ticket == doubtful,
            "unsent": ticket in unsent,
        }
        assert sum(held.values()) == 1, held
        got, read = relay.taken.count(content(ticket)[:-2]), relay.seen.count(content(ticket)[:-2])
        assert got <= 1
        if held["accepted"]:
            assert got == 1
        if held["refused"]:
            assert got == 0
        if held["unsent"]:
            assert read == 0
        if held["doubtful"]:
            assert read == 1
    assert all(line in (b"DATA", b"RSET") or line.startswith((b"MAIL FROM:<", b"RCPT TO:<")) for line in relay.said)


def test_an_envelope_follows_the_content_before_it_in_one_write() -> None:
    wire = Wire(pipelining=True)
    wire.begin(0, MAIL, rcpt_to("a@example.org"))
    assert wire.take() == MAIL + b"RCPT TO:<a@example.org>\r\nDATA\r\n"
    (go,) = wire.feed(b"250 ok\r\n250 ok\r\n354 go\r\n")
    wire.content(go.ticket, content_of(b"one"))
    wire.begin(1, MAIL, rcpt_to("b@example.org"))
    assert wire.take() == b"one\r\n.\r\n" + MAIL + b"RCPT TO:<b@example.org>\r\nDATA\r\n"


def test_without_pipelining_each_command_waits_for_its_answer() -> None:
    wire = Wire(pipelining=False)
    wire.begin(0, MAIL, rcpt_to("a@example.org"))
    said = [wire.take()]
    for answer in (b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
        assert not wire.ready
        events = wire.feed(answer)
        said.append(wire.take())
    assert said == [MAIL, b"RCPT TO:<a@example.org>\r\n", b"DATA\r\n", b""]
    assert [event.kind for event in events] == ["go"]


def test_a_yes_before_the_end_of_the_content_is_none() -> None:
    wire = Wire(pipelining=True)
    wire.begin(0, MAIL, rcpt_to("a@example.org"))
    (go,) = wire.feed(b"250 ok\r\n250 ok\r\n354 go\r\n")
    wire.wrote(len(wire.take()))
    wire.content(go.ticket, content_of(b"x" * 100))
    wire.wrote(len(wire.take()) - 1)
    assert wire.feed(b"250 2.0.0 queued\r\n") == []
    assert wire.over is not None
    assert wire.lost() == (None, [0])


def test_a_relay_that_takes_content_for_nobody_gets_an_empty_one() -> None:
    wire = Wire(pipelining=True)
    wire.begin(0, MAIL, rcpt_to("a@example.org"))
    wire.take()
    (event,) = wire.feed(b"250 ok\r\n550 5.1.1 nobody\r\n354 go\r\n")
    assert (event.kind, event.said, event.reply.code) == ("refused", "RCPT", 550)
    assert wire.take() == b".\r\n"
    wire.begin(1, MAIL, rcpt_to("b@example.org"))
    events = wire.feed(b"554 no valid recipients\r\n250 ok\r\n250 ok\r\n354 go\r\n")
    assert [(event.kind, event.ticket) for event in events] == [("go", 1)]


def test_half_an_answer_before_its_question_is_not_passed_over() -> None:
    wire = Wire(pipelining=True)
    wire.begin(0, MAIL, rcpt_to("a@example.org"))
    wire.wrote(len(wire.take()))
    (go,) = wire.feed(b"250 ok\r\n250 ok\r\n354 go\r\n55")
    wire.content(go.ticket, content_of(b"one"))
    wire.begin(1, MAIL, rcpt_to("b@example.org"))
    wire.wrote(len(wire.take()))
    assert wire.feed(b"250 queued\r\n250 ok\r\n250 ok\r\n354 go\r\n") == []
    assert wire.lost() == (0, [1])


@given(st.binary(max_size=120))
def test_content_ends_once_and_holds_no_line_end_but_crlf(octets: bytes) -> None:
    made = content_of(octets)
    on_the_wire = b"DATA\r\n" + made + b".\r\n"
    assert on_the_wire.count(b"\r\n.\r\n") == 1
    assert on_the_wire.endswith(b"\r\n.\r\n")
    assert b"\n" not in made.replace(b"\r\n", b"")
    assert b"\r" not in made.replace(b"\r\n", b"")
    unstuffed = (b"\r\n" + made).replace(b"\r\n.", b"\r\n")[2:]
    meant = b"\r\n".join(re.split(rb"\r\n|\r|\n", octets))
    assert unstuffed == (meant if meant.endswith(b"\r\n") else meant + b"\r\n")


@given(st.text(max_size=40))
def test_no_address_ends_a_command(address: str) -> None:
    for make in (mail_from, rcpt_to):
        for tried in (address, f"{address}@example.org", f"a@{address}.example"):
            try:
                line = make(tried)
            except ValueError:
                continue
            assert line.endswith(b">\r\n")
            assert line.count(b"\r") == line.count(b"\n") == line.count(b">") == line.count(b"<") == 1


def test_answers_are_read_in_whatever_pieces_they_come() -> None:
    told = b"250-one\r\n250-two\r\n250 three\r\n354 go\n550 5.1.1 no\r\n421\r\n"
    for size in range(1, len(told)):
        replies, found = Replies(), list[Reply]()
        for start in range(0, len(told), size):
            found += replies.feed(told[start : start + size])
        assert found == [(250, b"one\ntwo\nthree"), (354, b"go"), (550, b"5.1.1 no"), (421, b"")]
        assert replies.empty
        assert not replies.garbled


@pytest.mark.parametrize("told", [b"hello\r\n", b"99 x\r\n", b"250x\r\n", b"250-a\r\n251 b\r\n", b"2" * 5_000, b"\r\n"])
def test_what_is_no_answer_is_known_for_it(told: bytes) -> None:
    replies = Replies()
    assert replies.feed(b"250 ok\r\n" + told) == [(250, b"ok")]
    assert replies.garbled


def said(terms: Terms, *answers: str) -> tuple[list[bytes | None], Offers | str]:
    """What we say to these answers, and what we make of them."""
    talk, lines = hello(terms), list[bytes | None]()
    line = next(talk)
    for answer in answers:
        code, words = int(answer[:3]), answer[4:].encode()
        try:
            line = talk.send(Reply(code, words))
        except StopIteration as done:
            offers: Offers = done.value
            return lines, offers
        except Unwilling as unwilling:
            return lines, f"{unwilling.reason} {unwilling.wait}"
        lines.append(line)
    raise AssertionError("it wants to say more")


def test_a_password_is_never_said_where_tls_was_stripped() -> None:
    for tls, why in (("required", "nothing was sent"), ("offered", "the password was not sent")):
        lines, end = said(Terms("sun.example", tls, "sun", "word"), "220 hi", "250 relay\nAUTH PLAIN LOGIN")
        assert lines == [b"EHLO sun.example\r\n"]
        assert end == f"the relay offers no TLS: {why} {REFUSED}"


def test_starttls_that_is_refused_sends_nothing() -> None:
    lines, end = said(Terms("sun.example", "required"), "220 hi", "250 relay\nSTARTTLS", "454 4.7.0 not now")
    assert lines == [b"EHLO sun.example\r\n", b"STARTTLS\r\n"]
    assert end == f"the relay offers no TLS: nothing was sent {REFUSED}"


def test_what_was_offered_before_tls_is_forgotten() -> None:
    before, after = "250 relay\nSTARTTLS\nPIPELINING\nAUTH LOGIN", "250 relay\nAUTH PLAIN"
    terms = Terms("sun.example", "required", "sun", "word")
    lines, end = said(terms, "220 hi", before, "220 go", "250 tls is up", after, "235 2.7.0 ok")
    ehlo = b"EHLO sun.example\r\n"
    assert lines == [ehlo, b"STARTTLS\r\n", START_TLS, ehlo, b"AUTH PLAIN AHN1bgB3b3Jk\r\n"]
    assert isinstance(end, Offers)
    assert "PIPELINING" not in end


def test_login_is_said_where_plain_is_not_taken() -> None:
    terms = Terms("sun.example", "implicit", "sun", "word")
    start = ("220 hi", "250 relay\nAUTH=LOGIN PLAIN")
    lines, end = said(terms, *start, "504 5.5.4 what", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 ok")
    assert lines[2:] == [b"AUTH LOGIN\r\n", b"c3Vu\r\n", b"d29yZA==\r\n"]
    assert isinstance(end, Offers)


def test_a_wrong_password_is_told_from_a_relay_that_cannot_check_it() -> None:
    terms = Terms("sun.example", "implicit", "sun", "word")
    start = ("220 hi", "250 relay\nAUTH PLAIN LOGIN")
    assert said(terms, *start, "535 5.7.8 no")[1] == "refused-key 900"
    assert said(terms, *start, "454 4.7.0 later")[1] == "the relay cannot check the password now 454 4.7.0 60"
    assert said(terms, "220 hi", "250 relay")[1] == (
        "refused-key: the relay offers no AUTH PLAIN or LOGIN; take user and password out 900"
    )
    assert "word" not in repr(terms)


def test_a_relay_that_knows_no_ehlo_is_greeted_the_old_way() -> None:
    lines, end = said(Terms("sün.example", "offered"), "220 hi", "502 what", "250 hi")
    assert lines == [b"EHLO localhost\r\n", b"HELO localhost\r\n"]
    assert end == Offers()
