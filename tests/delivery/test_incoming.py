"""What comes back as mail is read as it was meant, whoever wrote it and however badly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.incoming_mime import read_mail
from service.delivery.incoming_sendgrid import post_name, read_post
from service.delivery.mail_text import LONGEST, of_html
from service.domain.delivery_event import Kind, stop_of
from service.domain.incoming import (
    Unreadable,
    answered_refs,
    automatic,
    fresh,
    only_asks_to_stop,
    stop_token,
    tokens,
)
from tests.support.clock import NOW
from tests.support.written_back import FORM, bounce, complaint, form, parsed, reply

REF, OTHER = "a" * 32, "b" * 32
TOKEN = "Tok-en_0123456789ABCDE"


def test_a_reply_says_who_wrote_what_to_which_mail() -> None:
    mail = read_mail(reply(ref=REF), NOW)
    assert (mail.sender, mail.recipients, mail.text) == (
        "alice@example.org",
        ("hello@sun.example",),
        "Do you take Aetna?",
    )
    assert answered_refs(mail) == (REF,)
    assert not automatic(mail)
    assert not mail.report


def test_of_a_thread_the_nearest_mail_of_ours_comes_first() -> None:
    mail = read_mail(reply(References=f"<{OTHER}@sun.example> <x@y.example> <{REF}@sun.example>"), NOW)
    assert answered_refs(mail) == (REF, OTHER)


def test_html_becomes_plain_words_without_scripts_or_the_mail_it_answers() -> None:
    written = (
        "<html><head><title>T</title><style>p{}</style></head><body><p>Is it <b>covered</b>?<br>Thanks</p>"
        "<script>steal()</script><img src='https://tracker.example/x'><blockquote>old words</blockquote></body></html>"
    )
    assert fresh(of_html(written)) == "Is it covered?\nThanks"
    mail = read_mail(reply("", html=written), NOW)
    assert "steal" not in mail.text
    assert "tracker" not in mail.text
    assert fresh(mail.text) == "Is it covered?\nThanks"
    assert len(of_html("<p>x</p>" * 100_000)) <= LONGEST


@pytest.mark.parametrize(
    "history",
    [
        "On Tue, 24 Nov 2026 at 09:12, Sun Acupuncture <hello@sun.example> wrote:\n> Hello",
        "On Tue, 24 Nov 2026 at 09:12, Sun Acupuncture\n<hello@sun.example> wrote:\n> Hello",
        "-----Original Message-----\nFrom: Sun",
        "________________________________\nFrom: Sun",
        "> Hello",
    ],
)
def test_the_mail_that_is_answered_is_left_out(history: str) -> None:
    assert fresh(f"Yes please.\n\n{history}") == "Yes please."
    assert fresh(history) == history


@pytest.mark.parametrize(
    ("subject", "headers"),
    [
        ("Re: A word", {"Auto_Submitted": "auto-replied"}),
        ("Re: A word", {"Auto_Submitted": "auto-generated; owner-email=x"}),
        ("Re: A word", {"Precedence": "bulk"}),
        ("Re: A word", {"Precedence": "auto_reply"}),
        ("Re: A word", {"X_Auto_Response_Suppress": "All"}),
        ("Re: A word", {"X_Autoreply": "yes"}),
        ("Re: A word", {"Return_Path": "<>"}),
        ("Automatic reply: A word", {}),
        ("Out of Office: A word", {}),
        ("Abwesenheitsnotiz: A word", {}),
        ("Respuesta automática: A word", {}),
        ("Réponse automatique : A word", {}),
        ("Read: A word", {}),
    ],
)
def test_a_machine_s_answer_is_told_from_a_person_s(subject: str, headers: dict[str, str]) -> None:
    assert automatic(read_mail(reply(subject=subject, **headers), NOW))


@pytest.mark.parametrize(
    ("subject", "headers"),
    [
        ("Re: A word", {}),
        ("Re: Out of office hours?", {}),
        ("Re: A word", {"Auto_Submitted": "no"}),
        ("Re: A word", {"Precedence": "first-class"}),
        ("A question about the automatic door", {}),
        ("", {}),
    ],
)
def test_a_person_is_taken_for_a_person(subject: str, headers: dict[str, str]) -> None:
    assert not automatic(read_mail(reply(subject=subject, **headers), NOW))


def test_nobody_who_writes_for_a_machine_is_a_person() -> None:
    for sender in ("MAILER-DAEMON@relay.example", "postmaster@x.example", "no-reply@x.example", "nobody at all"):
        assert automatic(read_mail(reply(sender=sender), NOW))


def test_an_unsubscribe_by_mail_names_its_token() -> None:
    assert stop_token(read_mail(reply(subject=f"unsubscribe {TOKEN}"), NOW)) == TOKEN
    assert stop_token(read_mail(reply(subject=f"Unsubscribe {TOKEN}"), NOW)) == TOKEN
    for subject in ("unsubscribe", f"Re: unsubscribe {TOKEN}", f"unsubscribe {TOKEN}x"):
        assert stop_token(read_mail(reply(subject=subject), NOW)) is None


@pytest.mark.parametrize("words", ["stop", "STOP.", "Please unsubscribe me!", "remove me\n\n> Hello"])
def test_a_bare_stop_asks_to_stop(words: str) -> None:
    assert only_asks_to_stop(read_mail(reply(words), NOW))
    assert not only_asks_to_stop(read_mail(reply("I cannot stop the pain"), NOW))


def test_the_address_that_a_reply_goes_to_names_the_mail_it_answers() -> None:
    assert list(tokens(read_mail(reply(to=f"reply+{TOKEN}@in.sun.example, hello@sun.example"), NOW))) == [TOKEN]
    assert list(tokens(read_mail(reply(to="reply+short@in.sun.example"), NOW))) == []


@pytest.mark.parametrize(
    ("status", "action", "kind", "stop", "counted"),
    [
        ("5.1.1", "failed", Kind.BOUNCED, "invalid", False),
        ("5.2.1", "failed", Kind.BOUNCED, "hard-bounce", False),
        ("5.2.2", "failed", Kind.BOUNCED, None, True),
        ("4.4.7", "failed", Kind.BOUNCED, None, False),
        ("5.7.1", "failed", Kind.BOUNCED, None, False),
        ("5.3.4", "failed", Kind.BOUNCED, None, False),
        ("4.4.1", "delayed", Kind.DEFERRED, None, False),
        ("2.0.0", "delivered", Kind.DELIVERED, None, False),
        ("2.0.0", "relayed", Kind.PROCESSED, None, False),
    ],
)
def test_a_bounce_that_comes_as_mail_is_the_report_it_is(
    status: str, action: str, kind: Kind, stop: str | None, counted: bool
) -> None:
    for whole in (False, True):
        mail = read_mail(bounce(REF, status=status, action=action, whole=whole), NOW)
        (event,) = mail.events
        assert (event.kind, event.ref, event.counted, stop_of(event)) == (kind, REF, counted, stop)
        assert mail.report
        assert automatic(mail)
        assert event.at <= NOW


def test_the_same_bounce_twice_is_one_report() -> None:
    first, second = (read_mail(bounce(REF, whole=whole), NOW).events[0] for whole in (True, False))
    assert first.external_id == second.external_id
    assert first.external_id != read_mail(bounce(REF, status="5.2.2"), NOW).events[0].external_id


def test_a_complaint_that_comes_as_mail_is_one() -> None:
    (event,) = read_mail(complaint(REF), NOW).events
    assert (event.kind, event.ref, stop_of(event)) == (Kind.COMPLAINED, REF, "complaint")
    (other,) = read_mail(complaint(REF, kind="not-spam"), NOW).events
    assert stop_of(other) is None


@pytest.mark.parametrize("make", [bounce, complaint])
def test_a_report_that_names_no_mail_of_ours_says_nothing(make: object) -> None:
    for ref in (None, "A" * 32, "stranger"):
        mail = read_mail(make(ref), NOW)  # type: ignore[operator]
        assert mail.events == ()
        assert mail.report


def test_a_ref_anywhere_but_in_the_returned_headers_is_no_proof() -> None:
    forged = bounce(None).replace(
        b"us-ascii\r\n\r\nI'm sorry", f"us-ascii\r\n\r\nMessage-ID: <{REF}@sun.example>".encode()
    )
    assert read_mail(forged, NOW).events == ()


def test_sendgrid_s_fields_say_the_same_as_the_mail() -> None:
    mail = read_post(form(parsed(headers=f"In-Reply-To: <{REF}@sun.example>\n")), FORM, NOW)
    assert (mail.sender, mail.recipients, mail.text) == (
        "alice@example.org",
        ("hello@sun.example",),
        "Do you take Aetna?",
    )
    assert answered_refs(mail) == (REF,)
    assert not automatic(mail)
    assert automatic(read_post(form(parsed(headers="Auto-Submitted: auto-replied\n")), FORM, NOW))


def test_sendgrid_s_whole_mail_is_read_as_one() -> None:
    fields = {"email": bounce(REF), "envelope": '{"to":["reply+x@in.sun.example"],"from":""}'}
    mail = read_post(form(fields), FORM, NOW)
    assert [event.ref for event in mail.events] == [REF]
    assert mail.recipients[0] == "reply+x@in.sun.example"


def test_each_field_has_its_own_letters() -> None:
    fields = parsed(charsets='{"text": "iso-8859-1"}', text="Grüße".encode("latin-1"), html="")
    assert read_post(form(fields), FORM, NOW).text == "Grüße"
    assert read_post(form(fields | {"charsets": '{"text": "klingon"}'}), FORM, NOW).text == "Gr\ufffd\ufffde"


def test_a_post_that_is_cut_off_in_an_attachment_keeps_its_words() -> None:
    whole = form(parsed() | {"attachment1": b"\x00\xff" * 5_000})
    mail = read_post(whole[:4_000], FORM, NOW)
    assert mail.text == "Do you take Aetna?"


def test_the_same_mail_posted_again_has_the_same_name() -> None:
    again = FORM.replace("xYzZY", "other")
    assert post_name(form(parsed()), FORM) == post_name(form(parsed(), "other"), again)
    assert post_name(form(parsed()), FORM) != post_name(form(parsed("Hm")), FORM)


@pytest.mark.parametrize(
    ("body", "kind"), [(b"", FORM), (b"x=1", "application/x-www-form-urlencoded"), (form({}), FORM)]
)
def test_what_is_no_mail_is_said_to_be_none(body: bytes, kind: str) -> None:
    with pytest.raises(Unreadable):
        read_post(body, kind, NOW)


def test_what_has_no_headers_is_no_mail() -> None:
    with pytest.raises(Unreadable):
        read_mail(b"\x00\x01 nothing", NOW)


@given(st.binary(max_size=300), st.sampled_from([b"From: a@b.example\r\n", b"Subject: =?x?q?", b"To: \xff<\r\n", b""]))
def test_no_mail_makes_it_fail(raw: bytes, head: bytes) -> None:
    for made in (head + raw, bounce(REF)[:900] + raw, complaint(REF)[:700] + raw):
        try:
            mail = read_mail(made, NOW)
        except Unreadable:
            continue
        assert "\x00" not in mail.text + mail.subject + mail.sender
        automatic(mail)
        fresh(mail.text)
        list(answered_refs(mail))
        mail.text.encode()


@given(st.binary(max_size=200), st.text(max_size=60))
def test_no_post_makes_it_fail(raw: bytes, kind: str) -> None:
    for body, content_type in ((raw, kind), (form({"from": raw, "headers": raw, "text": raw, "charsets": raw}), FORM)):
        try:
            read_post(body, content_type, NOW).text.encode()
        except Unreadable:
            continue
