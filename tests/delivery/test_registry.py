"""The setting names the provider, and a wrong one says what to mend."""

from __future__ import annotations

import pytest

from service.delivery.registry import from_url, kind_of, smtp_server
from service.delivery.smtp import SmtpServer


def make(mail: str, **named: str) -> str:
    return from_url(mail, put=lambda _mails: None, known=lambda _refs: set(), **named).name


def test_each_setting_has_its_provider() -> None:
    assert make("outbox") == kind_of("outbox") == "outbox"
    assert make("smtp://relay.example:25") == kind_of("smtps://relay.example") == "smtp"
    assert make("sendgrid", api_key="SG.x") == kind_of(" sendgrid ") == "sendgrid"
    assert make("sendgrid", api_key="SG.x", api_host="http://127.0.0.1:4000") == "sendgrid"


def test_an_address_of_a_relay_is_read_whole() -> None:
    assert smtp_server("smtp://sun%40x:p%3Ass@relay.example:2525") == SmtpServer("relay.example", 2525, "sun@x", "p:ss")
    assert smtp_server("smtps://relay.example") == SmtpServer("relay.example", 465, tls="implicit")
    assert smtp_server("smtp://relay.example") == SmtpServer("relay.example", 587)


@pytest.mark.parametrize(
    ("url", "asked", "terms"),
    [
        ("smtp://relay.example", None, "required"),
        ("smtp://127.0.0.1:25", None, "offered"),
        ("smtp://relay.example", False, "offered"),
        ("smtp://localhost", True, "required"),
        ("smtps://relay.example", False, "implicit"),
    ],
)
def test_tls_is_required_of_other_machines_unless_said_otherwise(url: str, asked: bool | None, terms: str) -> None:
    assert smtp_server(url, asked).terms("sun.example").tls == terms


@pytest.mark.parametrize(
    ("mail", "named", "words"),
    [
        ("sendgird", {}, "MERIDIAN_MAIL is 'sendgird'; use outbox, smtp://user:pass@host:port or sendgrid"),
        ("", {}, "MERIDIAN_MAIL is ''; use outbox"),
        ("smpt://user:secret@relay.example", {}, "MERIDIAN_MAIL is 'smpt://…'; use outbox"),
        ("smtp://user@relay.example", {}, "names a user without a password"),
        ("smtp://user:pass@", {}, "does not read as smtp://user:pass@host:port"),
        ("smtp://user:pa/ss@relay.example", {}, "the port is no number"),
        ("smtp://relay.example:port", {}, "the port is no number"),
        ("sendgrid", {}, "SENDGRID_API_KEY is not set"),
        ("sendgrid", {"api_key": "SG. x"}, "SENDGRID_API_KEY holds a space"),
        ("sendgrid", {"api_key": "SG.x", "api_host": "http://relay.example"}, "SENDGRID_API_HOST is"),
        ("sendgrid", {"api_key": "SG.x", "api_host": "api.sendgrid.com"}, "use https://host"),
    ],
)
def test_a_wrong_setting_says_what_to_mend_and_tells_no_secret(mail: str, named: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        make(mail, **named)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)
