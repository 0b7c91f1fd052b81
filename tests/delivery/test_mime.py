"""What leaves as bytes is what was rendered, whatever the values hold."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes

from hypothesis import given
from hypothesis import strategies as st

from service.delivery.mime import Mould, Moulds
from service.delivery.mime_content import content_of
from service.delivery.mime_quoted import quoted
from service.domain.mail import TOKEN, Calendar, Envelope, Letter, Pattern, Shape, render
from tests.support.clock import NOW
from tests.support.letters import MARKETING, SERVICE, letter, shape
from tests.support.mails import defects, lf, parsed, parts

ICS = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Appointment at Sun – Acupuncture\r\nEND:VCALENDAR\r\n"
named = shape(Pattern(("A note for ", ""), (0,)))


CHARACTERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
HARD = st.text(st.sampled_from(" \t.=\r\nFrom <&xyé🌻"), max_size=200)
TEXTS = st.one_of(HARD, CHARACTERS, st.just("wort" * 60))


@given(name=TEXTS, word=TEXTS)
def test_the_parts_and_the_subject_equal_the_rendering(name: str, word: str) -> None:
    one = Letter("a1", "alice@example.org", (name, word), "t" * 22)
    mail = parsed(Mould(named, MARKETING).pour(one, NOW))
    rendered = render(named, (lf(name), lf(word)), one.token)
    assert parts(mail) == {"text/plain": rendered.text, "text/html": rendered.html}
    visible = re.sub(r"[\x00-\x1f\x7f-\x9f\ufeff]", " ", rendered.subject)
    assert mail["Subject"] == " ".join(visible.split())
    assert defects(mail) == []


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    slots = tuple(draw(st.lists(st.sampled_from((0, 1, TOKEN)), max_size=4)))
    return Pattern(tuple(lf(draw(TEXTS)) for _ in range(len(slots) + 1)), slots)


@given(
    html=patterns(), text=patterns(), values=st.tuples(TEXTS, TEXTS), token=st.text("ab-_9", min_size=1, max_size=90)
)
def test_any_shape_arrives_as_it_was_rendered(
    html: Pattern, text: Pattern, values: tuple[str, str], token: str
) -> None:
    any_shape = Shape("any", Pattern(("A word",)), html, text)
    raw = Mould(any_shape, SERVICE).pour(Letter("a1", "alice@example.org", values, token), NOW)
    # Of each piece by itself: a value's last CR and a text's first LF stay two line ends.
    rendered = render(any_shape, tuple(map(lf, values)), token)
    assert parts(parsed(raw)) == {"text/plain": rendered.text, "text/html": rendered.html}
    assert raw == content_of(raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 78


@given(data=st.data())
def test_nothing_can_add_a_header_a_line_end_or_the_end_of_a_mail(data: st.DataObject) -> None:
    tail = "\r\nBcc: everyone@example.org\r\n\r\n.\r\nMAIL FROM:<x@example.org>\n.\n\r.\r"

    def hostile() -> str:
        return data.draw(TEXTS) + tail + data.draw(TEXTS)

    envelope = Envelope(hostile(), "hello@sun.example", hostile(), hostile(), hostile(), hostile())
    calendar = Calendar(hostile(), hostile())
    one = Letter(hostile(), "alice@example.org", (hostile(), hostile()), hostile(), calendar)
    raw = Mould(shape(Pattern((hostile(), ""), (0,))), envelope).pour(one, NOW)
    assert raw == content_of(raw)
    assert (b"DATA\r\n" + raw + b".\r\n").count(b"\r\n.\r\n") == 1
    mail = message_from_bytes(raw)
    assert sorted(mail.keys()) == sorted(parsed(Mould(shape(), MARKETING).pour(letter(1), NOW)).keys())
    assert [part.get_content_type() for part in mail.walk()][1:] == ["text/plain", "text/html", "text/calendar"]


def test_a_shape_that_is_kept_is_told_from_another_of_its_name() -> None:
    moulds = Moulds()
    first, other = shape(), shape(Pattern(("Another subject",)))
    assert moulds.of(first, MARKETING) is moulds.of(shape(), MARKETING)
    assert moulds.of(first, MARKETING) is not moulds.of(first, SERVICE)
    assert first.key == other.key
    assert parsed(moulds.of(other, MARKETING).pour(letter(1), NOW))["Subject"] == "Another subject"


def test_the_headers_say_who_writes_and_how_to_stop() -> None:
    mail = parsed(Mould(shape(), MARKETING).pour(letter(7), NOW))
    assert mail["From"] == "Sun Acupuncture <hello@sun.example>"
    assert mail["To"] == "person7@example.org"
    assert mail["Reply-To"] == "desk@sun.example"
    assert mail["Date"] == "Tue, 24 Nov 2026 14:42:00 +0000"
    assert mail["Message-ID"] == f"<{7:032x}@sun.example>"
    assert mail["List-Unsubscribe"] == f"<https://sun.example/u/{7:022d}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == "<news.sun.example>"


def test_a_service_mail_offers_no_unsubscribe() -> None:
    assert parsed(Mould(shape(), SERVICE).pour(letter(7), NOW))["List-Unsubscribe"] is None


def test_a_clinic_with_any_name_stays_one_sender() -> None:
    trick = "Line\r\nBcc: x@example.org"
    for name in ['Sun, "Moon" & Co.', "Akupunktur Sönne", "针灸 针灸诊所", trick, "=?utf-8?q?x?=", ""]:
        envelope = replace(MARKETING, from_name=name)
        mail = parsed(Mould(shape(), envelope).pour(letter(1), NOW))
        (sender,) = mail["From"].addresses
        assert sender.addr_spec == "hello@sun.example"
        assert sender.display_name == " ".join(name.split())
        assert defects(mail) == []


def test_the_calendar_part_arrives_to_the_letter() -> None:
    raw = Mould(shape(), SERVICE).pour(letter(1, calendar=Calendar("REQUEST", ICS)), NOW)
    mail = parsed(raw)
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html", "text/calendar"]
    calendar = list(mail.iter_parts())[-1]
    assert calendar.get_param("method") == "REQUEST"
    assert calendar.get_payload(decode=True) == ICS.encode()
    assert defects(mail) == []


@given(st.one_of(TEXTS, st.text()))
def test_quoted_printable_lines_are_short_and_begin_with_no_dot(text: str) -> None:
    for line in quoted(text).split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))


def test_a_line_that_begins_with_a_dot_gets_another() -> None:
    assert content_of(b".a\r\n.b\r\nc.\r\n") == b"..a\r\n..b\r\nc.\r\n"
