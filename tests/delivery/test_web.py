"""The two pages of delivery: SendGrid's hook, and the demo's mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.domain.outbox_mail import OutboxMail
from service.storage import outbox
from service.storage.database import Database
from service.storage.tables import delivery_event
from service.usecases.kit import Kit
from service.web import hooks
from service.web import outbox as mailbox
from service.web.hooks.sendgrid import LONGEST, SIGNATURE, TIMESTAMP
from service.web.kit import KEY
from service.web.limits import limiter
from tests.support.clinic import make_kit
from tests.support.clock import Clock
from tests.support.signed_events import PUBLIC_KEY, body, report, sign

ROOT = Path(__file__).resolve().parents[2]
URL = "/hooks/sendgrid/events"
TRICKY = "<!doctype html><html><head></head><body><script>alert(1)</script><p>Hi Alice</p></body></html>"


def application(kit: Kit) -> FlaskClient:
    app = Flask("delivery", template_folder=str(ROOT / "templates"))
    app.config.update(MERIDIAN_EVENT_PUBLIC_KEY=PUBLIC_KEY)
    app.extensions[KEY] = kit
    app.jinja_env.globals["static_url"] = lambda name: f"/static/{name}"
    limiter.init_app(app)
    app.register_blueprint(hooks.blueprint)
    app.register_blueprint(mailbox.blueprint)
    return app.test_client()


@pytest.fixture
def kit(db: Database, clock: Clock) -> Kit:
    return make_kit(db, clock)


@pytest.fixture
def client(kit: Kit) -> Iterator[FlaskClient]:
    with application(kit) as client:
        yield client


def kept(kit: Kit) -> int:
    with kit.db.read() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(delivery_event)).scalar_one()


# ── the hook ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_signed_post_is_on_record_and_twice_is_once(client: FlaskClient, kit: Kit, now: int) -> None:
    raw = body(report("delivered", "a" * 32, now), report("brand_new", None, now, 2))
    for _ in range(2):
        assert client.post(URL, data=raw, headers=sign(raw, now)).status_code == 200
    assert kept(kit) == 2


def test_a_post_that_is_tried_again_within_a_day_is_taken(client: FlaskClient, clock: Clock, now: int) -> None:
    raw = body(report("delivered", None, now))
    headers = sign(raw, now)
    clock.advance(hours=23)
    assert client.post(URL, data=raw, headers=headers).status_code == 200
    clock.advance(hours=24)
    assert client.post(URL, data=raw, headers=headers).status_code == 401


def test_a_forged_post_learns_nothing(client: FlaskClient, kit: Kit, now: int) -> None:
    raw = body(report("bounce", None, now))
    right = sign(raw, now)
    wrong = [
        {},
        {**right, SIGNATURE: "AAAA"},
        {**right, SIGNATURE: "ä"},
        {**right, TIMESTAMP: str(now + 1)},
        {**right, TIMESTAMP: ""},
    ]
    for headers in wrong:
        answer = client.post(URL, data=raw, headers=headers)
        assert (answer.status_code, answer.data) == (401, b"")
    answer = client.post(URL, data=raw + b" ", headers=right)
    assert (answer.status_code, answer.data) == (401, b"")
    assert kept(kit) == 0


def test_without_a_key_nobody_is_sendgrid(client: FlaskClient, now: int) -> None:
    client.application.config["MERIDIAN_EVENT_PUBLIC_KEY"] = ""
    raw = body(report("delivered", None, now))
    assert client.post(URL, data=raw, headers=sign(raw, now)).status_code == 401


def test_a_body_beyond_the_limit_is_not_read(client: FlaskClient, kit: Kit, now: int) -> None:
    raw = b" " * (LONGEST + 1)
    assert client.post(URL, data=raw, headers=sign(raw, now)).status_code == 413
    assert kept(kit) == 0


def test_an_authentic_post_that_nobody_can_read_is_kept(client: FlaskClient, kit: Kit, now: int) -> None:
    raw = b"\x00 not json"
    assert client.post(URL, data=raw, headers=sign(raw, now)).status_code == 200
    assert kept(kit) == 1


# ── the mailbox ─────────────────────────────────────────────────────────────────────────────────────────────────────
def fill(kit: Kit, *names: str) -> None:
    at = kit.clock()
    mails = [
        OutboxMail(
            ref=f"ref-{name}",
            to=f"{name.lower()}@example.org",
            subject=f"For {name} <3",
            headers={"From": "Sun Acupuncture <hello@sun.example>", "List-Unsubscribe": "<https://sun.example/u/x>"},
            html=TRICKY.replace("Alice", name),
            text=f"Hi {name}",
            calendar="BEGIN:VCALENDAR\r\n" if name == "Bob" else None,
            at=at + place,
        )
        for place, name in enumerate(names)
    ]
    with kit.db.write() as conn:
        outbox.put(conn, mails)


def test_the_list_as_json_is_newest_first(client: FlaskClient, kit: Kit) -> None:
    fill(kit, "Alice", "Bob", "Dana")
    found = client.get("/outbox.json").json
    assert [mail["to"] for mail in found] == ["dana@example.org", "bob@example.org", "alice@example.org"]
    assert set(found[0]) == {"ref", "to", "subject", "headers", "html", "text", "at"}
    assert found[2]["at"] == "2026-11-24T14:42:00Z"
    assert found[0]["headers"]["List-Unsubscribe"] == "<https://sun.example/u/x>"
    assert [mail["ref"] for mail in client.get("/outbox.json?to=bob@example.org").json] == ["ref-Bob"]
    assert len(client.get("/outbox.json?limit=2").json) == 2
    assert len(client.get("/outbox.json?limit=none").json) == 3


def test_each_mail_is_shown_in_four_ways(client: FlaskClient, kit: Kit) -> None:
    fill(kit, "Alice", "Bob")
    page = client.get("/outbox").text
    assert "For Bob &lt;3" in page
    assert "/outbox/ref-Alice" in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert 'class="phone"' in client.get("/outbox/ref-Alice?show=phone").text
    assert '<pre tabindex="0">Hi Alice</pre>' in client.get("/outbox/ref-Alice?show=text").text
    assert "List-Unsubscribe" in client.get("/outbox/ref-Alice?show=headers").text
    assert "alert(1)" not in page
    assert client.get("/outbox/ref-Bob/calendar.ics").data == b"BEGIN:VCALENDAR\r\n"
    assert client.get("/outbox/ref-Alice/calendar.ics").status_code == 404
    assert client.get("/outbox/nothing").status_code == 404


def test_a_mail_runs_nothing_and_fetches_nothing(client: FlaskClient, kit: Kit) -> None:
    fill(kit, "Alice")
    shown = client.get("/outbox/ref-Alice/html")
    policy = shown.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert '<base target="_blank">' in shown.text


def test_an_empty_mailbox_says_what_to_do(client: FlaskClient) -> None:
    assert "Sign somebody up" in client.get("/outbox").text
    assert "No mail to this address" in client.get("/outbox?to=nobody@example.org").text


@pytest.mark.parametrize("path", ["/outbox", "/outbox.json", "/outbox/ref-Alice", "/outbox/ref-Alice/html"])
def test_it_answers_this_machine_only(client: FlaskClient, kit: Kit, path: str) -> None:
    fill(kit, "Alice")
    assert client.get(path).status_code == 200
    assert client.get(path, base_url="http://127.0.0.1:8000").status_code == 200
    assert client.get(path, environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 404
    assert client.get(path, environ_base={"REMOTE_ADDR": ""}).status_code == 404
    assert client.get(path, headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    assert client.get(path, base_url="http://mail.example").status_code == 404


@pytest.mark.parametrize("mail", ["smtp", "sendgrid"])
def test_there_is_no_mailbox_where_mail_leaves(kit: Kit, mail: str) -> None:
    with application(replace(kit, mail=mail)) as client:  # type: ignore[arg-type]
        assert client.get("/outbox").status_code == 404
        assert client.get("/outbox.json").status_code == 404
