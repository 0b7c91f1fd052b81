"""What leaves as bytes is what was rendered, whatever the values hold."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from service.delivery.mime import Mould
from service.delivery.mime_content import content_of
from service.delivery.mime_quoted import quoted
from service.domain.mail import Calendar, Letter, Pattern, render
from tests.support.clock import NOW
from tests.support.letters import MARKETING, SERVICE, letter, shape
from tests.support.mails import defects, lf, parsed, parts

ICS = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Appointment at Sun – Acupuncture\r\nEND:VCALENDAR\r\n"
named = shape(Pattern(("A note for ", ""), (0,)))


@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=300), word=st.text(max_size=90))
def test_the_parts_and_the_subject_equal_the_rendering(name: str, word: str) -> None:
    one = Letter("a1", "alice@example.org", (name, word.encode("utf-8", "replace").decode()), "t" * 22)
    raw = Mould(named, MARKETING).pour(one, NOW)
    mail = parsed(raw)
    rendered = render(named, one.values, one.token)
    assert parts(mail) == {"text/plain": lf(rendered.text), "text/html": lf(rendered.html)}
    visible = re.sub(r"[\x00-\x1f\x7f-\x9f\ufeff]", " ", rendered.subject)
    assert mail["Subject"] == " ".join(visible.split())
    assert defects(mail) == []


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_no_value_can_add_a_header_or_a_bare_line_end(name: str) -> None:
    one = letter(1, f"{name}\r\nBcc: everyone@example.org\r\n\r\n.\r\nMAIL FROM:<x@example.org>")
    raw = Mould(named, MARKETING).pour(one, NOW)
    assert parsed(raw)["Bcc"] is None
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert content_of(raw) == raw


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


@given(st.binary(max_size=400))
def test_quoted_printable_lines_are_short_and_begin_with_no_dot(raw: bytes) -> None:
    for line in quoted(raw.decode("latin-1")).split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))


def test_a_line_that_begins_with_a_dot_gets_another() -> None:
    assert content_of(b".a\r\n.b\r\nc.\r\n") == b"..a\r\n..b\r\nc.\r\n"
