"""SendGrid's Inbound Parse at our door, and the addresses of our own that bring an answer there."""

from __future__ import annotations

import json
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from service.delivery.incoming_mime import read_mail
from service.delivery.mime import Mould
from service.delivery.sendgrid_request import body
from service.domain.incoming import answered_refs
from service.domain.mail import Calendar
from service.storage.database import Database
from service.storage.tables import incoming_mail, task
from service.usecases.kit import Kit
from service.web.hooks.inbound import KEPT
from tests.support.clinic import Sun, sun
from tests.support.clock import NOW, Clock
from tests.support.desk_data import app_of
from tests.support.letters import MARKETING, SERVICE, batch, letter
from tests.support.mail_send import hold
from tests.support.written_back import FORM, bounce, form, parsed, reply

SECRET = "only-for-tests-0123456789abcdef"
INBOUND = "reply@in.sun.example"


@pytest.fixture
def house(db: Database, clock: Clock) -> Sun:
    made = sun(db, clock)
    made.lead("Alice")
    return made


@pytest.fixture
def kit(house: Sun) -> Kit:
    return house.kit


@pytest.fixture
def client(house: Sun) -> FlaskClient:
    app = app_of(house)
    app.config["MERIDIAN_INBOUND_SECRET"] = SECRET
    return app.test_client()


def kept(kit: Kit, table: sa.Table = incoming_mail) -> int:
    with kit.db.read() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def post(client: FlaskClient, raw: bytes, secret: str = SECRET, kind: str = FORM) -> int:
    return client.post(f"/hooks/sendgrid/inbound/{secret}", data=raw, content_type=kind).status_code


def test_a_reply_comes_in_and_the_same_again_is_kept_once(client: FlaskClient, kit: Kit) -> None:
    for boundary in ("one", "two"):
        assert post(client, form(parsed(), boundary), kind=f"multipart/form-data; boundary={boundary}") == 200
    assert (kept(kit), kept(kit, task)) == (1, 1)


def test_who_does_not_know_the_secret_learns_and_leaves_nothing(client: FlaskClient, kit: Kit) -> None:
    for secret in ("x", SECRET + "x", SECRET[:-1]):
        assert post(client, form(parsed()), secret) == 404
    client.application.config["MERIDIAN_INBOUND_SECRET"] = ""
    for secret in (SECRET, "x"):
        assert post(client, form(parsed()), secret) == 404
    assert kept(kit) == 0


def test_a_mail_with_a_large_file_keeps_its_words(client: FlaskClient, kit: Kit) -> None:
    large = form(parsed() | {"attachment1": b"\xff" * (KEPT + 100_000)})
    assert post(client, large) == 200
    assert kept(kit, task) == 1
    with kit.db.read() as conn:
        assert conn.execute(sa.select(sa.func.length(incoming_mail.c.body))).scalar_one() == KEPT


def test_what_cannot_be_read_is_kept_and_answered(client: FlaskClient, kit: Kit) -> None:
    assert post(client, b"\x00odd", kind="text/plain") == 200
    with kit.db.read() as conn:
        assert conn.execute(sa.select(incoming_mail.c.state, incoming_mail.c.body)).one() == ("unreadable", b"\x00odd")


def test_over_sendgrid_each_letter_has_a_reply_address_of_its_own() -> None:
    ours = replace(MARKETING, inbound=INBOUND)
    request = body(batch([letter(1), letter(2)], envelope=ours), [0, 1])
    hold(request)
    address = request["reply_to"]["email"]
    for number, person in enumerate(request["personalizations"], 1):
        (told,) = {address.replace(tag, value) for tag, value in person["substitutions"].items() if tag in address}
        assert told == f"reply+{number:022d}@in.sun.example"
        assert f"<mailto:{INBOUND}?subject=unsubscribe%20{number:022d}>" in person["headers"]["List-Unsubscribe"]
    alone = body(batch([letter(3, calendar=Calendar("REQUEST", "BEGIN:VCALENDAR"))], envelope=ours), [0])
    hold(alone)
    assert alone["reply_to"]["email"] == f"reply+{3:022d}@in.sun.example"
    plain = body(batch(1), [0])
    assert plain["reply_to"] == {"email": "desk@sun.example"}
    assert json.dumps(plain).count("mailto:") == 0


def test_one_click_comes_first_and_the_mail_address_only_where_mail_is_read() -> None:
    for envelope, count in ((replace(MARKETING, inbound=INBOUND), 2), (MARKETING, 1), (SERVICE, 0)):
        sent = batch([letter(5)], envelope=envelope)
        mail = message_from_bytes(Mould(sent.shape, envelope).pour(sent.letters[0], NOW), policy=policy.default)
        listed = [each.strip() for each in str(mail.get("List-Unsubscribe", "")).split(",") if each.strip()]
        assert len(listed) == count
        if count:
            assert listed[0] == f"<https://sun.example/u/{5:022d}>"
            assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_answers_or_returns_a_mail_that_we_sent_names_its_ref() -> None:
    sent = batch([letter(6)])
    mail = message_from_bytes(Mould(sent.shape, sent.envelope).pour(sent.letters[0], NOW), policy=policy.default)
    named = str(mail["Message-ID"]).strip()
    assert answered_refs(read_mail(reply(In_Reply_To=named), NOW)) == (sent.letters[0].ref,)
    returned = bounce("b" * 32).replace(f"<{'b' * 32}@sun.example>".encode(), named.encode())
    assert [event.ref for event in read_mail(returned, NOW).events] == [sent.letters[0].ref]
