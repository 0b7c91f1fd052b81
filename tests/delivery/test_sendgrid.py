"""SendGrid: many letters a request, each recipient's own text, and every kind of answer taken for what it is."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.provider import no_probe
from service.delivery.sendgrid import MINUTE, SendGridProvider
from service.delivery.sendgrid_request import MOST, body, groups
from service.domain.mail import Batch, Calendar, Pattern, render
from service.domain.message import Accepted, Doubtful, Later, Rejected
from tests.support import fake_sendgrid as fakes
from tests.support import mail_send
from tests.support.clock import NOW
from tests.support.fake_sendgrid import FakeSendGrid, Request
from tests.support.letters import MARKETING, SERVICE, batch, letter, shape

KEY = "SG.not-a-real-key"


@pytest.fixture
def fake() -> Iterator[FakeSendGrid]:
    with FakeSendGrid() as fake:
        yield fake
        for request in fake.seen:
            if request.body:
                mail_send.hold(request.body)


def provider(fake: FakeSendGrid, timeout: float = 10, deadline: float = 20) -> SendGridProvider:
    return SendGridProvider(KEY, fake.url, timeout=timeout, deadline=deadline)


def requests(sent: Batch) -> list[Request]:
    found = [Request(body(sent, members), {}, "") for members in groups(sent, range(len(sent.letters)))]
    for request in found:
        mail_send.hold(request.body)
    return found


# ── the request ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_thousand_letters_are_one_request(fake: FakeSendGrid) -> None:
    sent = batch(MOST)
    points: list[str] = []
    found = provider(fake).send(sent, NOW, points.append)
    assert found == [Accepted("fake-1")] * MOST
    assert points == ["after-bytes", "after-202"]
    assert len(fake.seen) == 1
    assert len(fake.seen[0].body["personalizations"]) == MOST
    assert fake.seen[0].path == "/v3/mail/send"


def test_one_more_is_two_requests() -> None:
    assert [len(request.refs) for request in requests(batch(MOST + 1))] == [MOST, 1]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), min_size=1, max_size=6))
def test_each_recipient_gets_what_was_rendered_for_them(names: list[str]) -> None:
    named = shape(Pattern(("For ", " only"), (0,)))
    sent = batch([letter(number, name) for number, name in enumerate(names)], named)
    (request,) = requests(sent)
    for one, mail in zip(sent.letters, request.mails(), strict=True):
        rendered = render(named, one.values, one.token)
        assert (mail.text, mail.html) == (rendered.text, rendered.html)
        assert mail.headers["List-Unsubscribe"] == f"<https://sun.example/u/{one.token}>"
        assert "\n" not in mail.subject


def test_a_name_that_spells_markup_or_another_tag_stays_a_name() -> None:
    (first,) = requests(batch([letter(1, "<b>&amp;"), letter(2, "Bob")]))
    tags = list(first.body["personalizations"][0]["substitutions"])
    sent = batch([letter(1, "<script>alert(1)</script>"), *(letter(n, tag) for n, tag in enumerate(tags, 2))])
    (second,) = requests(sent)
    mails = list(second.mails())
    assert "<script>" not in mails[0].html
    assert "Dear <script>alert(1)</script>," in mails[0].text
    assert not set(tags) & set(second.body["personalizations"][0]["substitutions"])
    for mail, tag in zip(mails[1:], tags, strict=True):
        assert f"Dear {tag}," in mail.text


def test_one_tag_serves_both_parts_where_nothing_needs_escaping() -> None:
    plain, rich = requests(batch(1))[0], requests(batch([letter(1, "A & B")]))[0]
    assert len(rich.body["personalizations"][0]["substitutions"]) == 1 + len(
        plain.body["personalizations"][0]["substitutions"]
    )


def test_nothing_but_the_opaque_ref_goes_along() -> None:
    (request,) = requests(batch(1))
    assert request.body["personalizations"][0]["custom_args"] == {"meridian_ref": f"{0:032x}"}
    assert "categories" not in request.body
    assert not any(name.startswith("bypass") for name in request.body["mail_settings"])


def test_an_address_stands_once_in_a_request() -> None:
    sent = batch([letter(1, to="Bob@example.org"), letter(2, to="bob@example.org"), letter(3, to="bob@example.org")])
    assert [len(request.refs) for request in requests(sent)] == [1, 1, 1]


def test_a_letter_too_long_for_substitutions_goes_alone_and_whole() -> None:
    sent = batch([letter(1), letter(2, "é" * 4_000), letter(3)])
    found = requests(sent)
    assert sorted(len(request.refs) for request in found) == [1, 2]
    (alone,) = next(request.mails() for request in found if len(request.refs) == 1)
    assert alone.text == render(sent.shape, sent.letters[1].values, sent.letters[1].token).text


def test_a_calendar_makes_its_mail_a_request_of_its_own() -> None:
    sent = batch([letter(1), letter(2, calendar=Calendar("REQUEST", "BEGIN:VCALENDAR\r\n")), letter(3)], None, SERVICE)
    found = requests(sent)
    assert [(len(request.refs), "attachments" in request.body) for request in found] == [(1, True), (2, False)]
    assert all("headers" not in person for request in found for person in request.body["personalizations"])


# ── the answers ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (fakes.status(401), Later("refused-key", NOW + 15 * MINUTE)),
        (fakes.status(403), Later("refused-key", NOW + 15 * MINUTE)),
        (fakes.status(429, X_RateLimit_Reset=str(NOW + 40)), Later("429 asked to wait", NOW + 40)),
        (fakes.status(429, X_RateLimit_Reset=str(NOW - 40)), Later("429 asked to wait", NOW + 1)),
        (fakes.status(429), Later("429 asked to wait", NOW + MINUTE)),
        (fakes.status(500), Doubtful("SendGrid answered 500")),
        (fakes.status(503), Doubtful("SendGrid answered 503")),
        (fakes.page(400), Doubtful("SendGrid answered 400")),
        (fakes.page(200), Doubtful("SendGrid answered 200")),
        (fakes.blames("from.email"), Later("refused-request: 400 from.email", NOW + 15 * MINUTE)),
        (fakes.accepted_then_reset, Doubtful("SendGrid's answer was lost (ConnectionResetError)")),
        (fakes.accepted_then_truncated, Doubtful("SendGrid's answer was lost (IncompleteRead)")),
    ],
)
def test_each_answer_is_taken_for_what_it_is(fake: FakeSendGrid, answer: fakes.Answer, outcome: object) -> None:
    fake.answers(answer)
    assert provider(fake).send(batch(3), NOW, no_probe) == [outcome] * 3
    assert len(fake.seen) == 1


def test_a_redirect_is_not_followed_with_the_key(fake: FakeSendGrid) -> None:
    with FakeSendGrid() as elsewhere:
        fake.answers(fakes.redirected(elsewhere.url + "/v3/mail/send"))
        assert provider(fake).send(batch(1), NOW, no_probe) == [Doubtful("SendGrid answered 302")]
        assert elsewhere.seen == []


def test_silence_ends_in_a_doubt(fake: FakeSendGrid) -> None:
    fake.answers(fakes.hangs)
    found = provider(fake, timeout=0.2).send(batch(1), NOW, no_probe)
    assert found == [Doubtful("SendGrid's answer was lost (TimeoutError)")]


def test_an_answer_that_drips_is_cut_off(fake: FakeSendGrid) -> None:
    fake.answers(fakes.accepted_then_drips)
    (found,) = provider(fake, deadline=0.3).send(batch(1), NOW, no_probe)
    assert isinstance(found, Doubtful)


def test_nobody_listening_is_no_doubt(free_port: int) -> None:
    nobody = SendGridProvider(KEY, f"http://127.0.0.1:{free_port}")
    found = nobody.send(batch(2), NOW, no_probe)
    assert found == [Later("SendGrid cannot be reached (ConnectionRefusedError)", NOW + MINUTE)] * 2


def test_a_doubt_risks_no_further_request(fake: FakeSendGrid) -> None:
    fake.answers(fakes.status(500))
    found = provider(fake).send(batch(MOST + 5), NOW, no_probe)
    assert found[0] == Doubtful("SendGrid answered 500")
    assert found[-1] == Later("SendGrid does not answer as it should", NOW + MINUTE)
    assert len(fake.seen) == 1


@pytest.mark.parametrize("mute", [False, True], ids=["named", "unnamed"])
@pytest.mark.parametrize("bad", [{17}, {0, 499, 999}, {3, 4, 5, 6, 7}])
def test_bad_recipients_are_set_apart_and_the_others_get_their_mail(
    fake: FakeSendGrid, bad: set[int], mute: bool
) -> None:
    fake.refused = {f"person{number}@example.org" for number in bad}
    fake.mute = mute
    found = provider(fake).send(batch(MOST), NOW, no_probe)
    assert {index for index, outcome in enumerate(found) if isinstance(outcome, Rejected)} == bad
    assert sum(isinstance(outcome, Accepted) for outcome in found) == MOST - len(bad)
    assert all(found[index].bad_address is not mute for index in bad)  # type: ignore[union-attr]
    assert set(fake.ledger.values()) == {1}
    assert len(fake.seen) <= 2 * len(bad) * math.ceil(math.log2(MOST)) + 1


def test_an_address_that_is_none_never_reaches_sendgrid(fake: FakeSendGrid) -> None:
    found = provider(fake).send(batch([letter(1, to="nobody"), letter(2)]), NOW, no_probe)
    assert found == [Rejected("the address is not one", bad_address=True), Accepted("fake-1")]


def test_nothing_of_key_or_payload_reaches_a_log(fake: FakeSendGrid, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fake.answers(fakes.status(500))
    out = provider(fake)
    out.send(batch(1), NOW, no_probe)
    out.send(batch(1), NOW, no_probe)
    assert KEY not in caplog.text
    assert "person0" not in caplog.text
    assert logging.getLogger("python_http_client.client").getEffectiveLevel() >= logging.WARNING


def test_the_key_stays_in_its_header(fake: FakeSendGrid) -> None:
    provider(fake).send(batch(1, envelope=MARKETING), NOW, no_probe)
    assert fake.seen[0].headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in str(fake.seen[0].body)


def test_a_worker_that_stops_finishes_the_request_in_hand_and_begins_no_other(fake: FakeSendGrid) -> None:
    out = provider(fake)

    def asked_to_stop(point: str) -> None:
        if point == "after-bytes":
            out.drain()

    found = out.send(batch(MOST + 1), NOW, asked_to_stop)
    assert found == [Accepted("fake-1")] * MOST + [Later("the worker was stopping", NOW)]
    assert len(fake.seen) == 1


def test_a_request_that_would_be_too_large_is_cut_in_halves(
    fake: FakeSendGrid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.delivery.sendgrid.LARGEST", 20_000)
    found = provider(fake).send(batch([letter(number, "x" * 3_000) for number in range(9)]), NOW, no_probe)
    assert all(isinstance(outcome, Accepted) for outcome in found)
    assert sorted(len(request.refs) for request in fake.seen) == [4, 5]
    assert set(fake.ledger.values()) == {1}
