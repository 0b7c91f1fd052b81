"""The bytes of a request say what the request says as a dictionary, whatever the letters hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.delivery import sendgrid_bytes, sendgrid_request
from service.domain.mail import Batch, Calendar, Pattern
from tests.support import mail_send
from tests.support.fake_sendgrid import Request
from tests.support.letters import MARKETING, SERVICE, batch, letter, shape

NAMED = shape(Pattern(("For ", " only"), (0,)))
HALF = "half \ud800 a pair"


def as_read(sent: Batch) -> dict[str, Any]:
    members = list(range(len(sent.letters)))
    found: dict[str, Any] = json.loads(sendgrid_bytes.encoded(sent, members))
    return found


def mails(request: dict[str, Any]) -> list[object]:
    return [(mail.subject, mail.text, mail.html, mail.headers) for mail in Request(request, {}, "").mails()]


def same(sent: Batch) -> None:
    """Tags are random in each request, so it is the mails that are compared, and all that is not a tag."""
    ours, plain = as_read(sent), sendgrid_request.body(sent, range(len(sent.letters)))
    assert mails(ours) == mails(plain)
    for request in (ours, plain):
        for person in request["personalizations"]:
            person["substitutions"] = len(person.get("substitutions", {}))
        if "substitutions" in request["personalizations"][0]:
            del request["content"]
    assert ours == plain


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), min_size=1, max_size=5))
def test_each_letter_is_the_one_that_the_dictionary_says(names: list[str]) -> None:
    same(batch([letter(number, name) for number, name in enumerate(names)], NAMED))


@pytest.mark.parametrize(
    "sent",
    [
        batch([letter(1, "A & B"), letter(2, 'q"\\'), letter(3, "Bob")]),
        batch([letter(1)], None, SERVICE),
        batch([letter(1, "é" * 4_000)]),
        batch([letter(1, calendar=Calendar("REQUEST", "BEGIN:VCALENDAR\r\n"))], None, SERVICE),
    ],
)
def test_marketing_service_long_and_calendar_letters_are_the_same_both_ways(sent: Batch) -> None:
    same(sent)
    mail_send.hold(as_read(sent))


def test_half_a_character_in_one_name_holds_no_other_letter_back() -> None:
    people = as_read(batch([letter(1, HALF), letter(2, "Bob")], NAMED, MARKETING))["personalizations"]
    assert HALF in people[0]["substitutions"].values()
    assert "Bob" in people[1]["substitutions"].values()
