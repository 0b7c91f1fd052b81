"""The guided set-up: each step saves by the settings' own use case, and can be left and come back to."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.domain.set_up import KEYS, STEPS, Progress
from service.storage import clinics, inbox, sources, staff, users
from service.storage.database import Database
from service.storage.tables import audit
from service.usecases.read_post import read_post
from service.usecases.set_up import begin_set_up, progress_of, waits
from tests.support.clinic import Sun, make_kit
from tests.support.clock import Clock
from tests.support.desk_data import Desk, a_user, app_of, sign_in

FIRST = {
    "owner_name": "Dana Whitfield", "owner_email": "dana@sun.example", "password": "a few words do well",
    "name": "Sun Acupuncture", "address": "100 Example Street", "city": "Rochester", "phone": "+1 507 555 0100",
    "website": "", "zone": "America/Chicago",
}  # fmt: skip
CLINIC = {name: FIRST[name] for name in ("name", "address", "city", "phone", "website", "zone")}
SENDER = {"from_name": "Dana at Sun", "from_email": "hello@sun.example", "reply_to": "hello@sun.example"}


@pytest.fixture
def app(db: Database, clock: Clock) -> Flask:
    made = app_of(Sun(make_kit(db, clock)))
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Dana has just made her account, and nothing else."""
    opened = app.test_client()
    opened.post("/desk/welcome", data=FIRST)
    return opened


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return " ".join(answer.get_data(as_text=True).split())


def owner_of(db: Database) -> users.UserRow:
    with db.read() as conn:
        found = users.first_owner(conn)
    assert found is not None
    return found


def test_the_steps_go_on_where_one_left_off_and_what_was_left_comes_last() -> None:
    fresh = Progress()
    assert fresh.next == STEPS[0]
    left = fresh.with_later("clinic").with_done("sender")
    assert left.next is not None
    assert left.next.key == "hours"
    for key in KEYS[2:]:
        left = left.with_done(key)
    assert left.next == STEPS[0]
    assert left.after("test") == STEPS[0]
    whole = left.with_done("clinic")
    assert whole.finished
    assert whole.next is None
    assert whole.with_later("clinic") == whole


def test_home_leads_a_new_clinic_to_its_set_up_until_it_is_done_or_put_away(client: FlaskClient, db: Database) -> None:
    assert "0 of 6 steps done" in page(client, "/desk/")
    assert client.get("/desk/set-up").headers["Location"] == "/desk/set-up/clinic"
    assert client.post("/desk/set-up/later", data={"step": "clinic"}).headers["Location"] == "/desk/set-up/sender"
    assert client.get("/desk/set-up").headers["Location"] == "/desk/set-up/sender"
    client.post("/desk/set-up/over")
    assert "steps done" not in page(client, "/desk/")
    assert "Guided set-up" in page(client, "/desk/settings")
    assert "0 of 6 steps done" in page(client, "/desk/set-up/sender")


def test_a_clinic_that_has_lived_for_weeks_is_not_led(desk: Desk) -> None:
    assert "steps done" not in desk.get("/desk/")
    assert waits(desk.house.kit, desk.clinic) is None


def test_the_whole_set_up_from_nothing_to_a_mail_in_the_outbox(client: FlaskClient, db: Database) -> None:
    for step in STEPS:
        assert step.why in page(client, f"/desk/set-up/{step.key}").replace("&#39;", "'")
    ahead = [
        ("clinic", CLINIC, "sender"),
        ("sender", SENDER, "hours"),
        ("hours", {"name": "Ana Sol", "title": "L.Ac.", "signs": "yes", "tue": "9-12, 13:30-17"}, "form"),
        ("form", {}, "campaign"),
        ("campaign", {"series": "sciatica-consultation"}, "test"),
        ("test", {"series": "sciatica-consultation"}, "test"),
    ]
    for step, given, following in ahead:
        answer = client.post(f"/desk/set-up/{step}", data=given)
        assert answer.headers["Location"] == f"/desk/set-up/{following}", step
    assert "The clinic is ready" in page(client, "/desk/set-up/end")
    assert "steps done" not in page(client, "/desk/")
    owner = owner_of(db)
    with db.read() as conn:
        row = clinics.get(conn, owner.clinic_id)
        hours = staff.hours_of(conn, owner.clinic_id)
        kept = conn.execute(sa.select(audit.c.action)).scalars().all()
    assert row.from_name == "Dana at Sun"
    assert list(hours.values()) == [[(540, 720), (810, 1020)]]
    assert kept.count("test mail sent") == 1
    seen = json.loads(client.get("/outbox.json").get_data(as_text=True))
    assert [mail["to"] for mail in seen] == ["dana@sun.example"]


def test_what_cannot_be_saved_is_said_beside_the_field_and_the_step_stays_open(
    client: FlaskClient, db: Database
) -> None:
    answer = client.post("/desk/set-up/sender", data=SENDER | {"from_email": "nobody"})
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "such as hello@clinic.example" in text
    assert "Dana at Sun" in text
    assert client.post("/desk/set-up/hours", data={"name": "Ana Sol"}).status_code == 422
    assert client.post("/desk/set-up/campaign", data={"series": "not-there"}).status_code == 422
    assert client.post("/desk/set-up/later", data={"step": "not-there"}).status_code == 404
    assert client.get("/desk/set-up/not-there").status_code == 404


def test_the_check_says_what_the_way_out_answered_and_asks_the_worker_for_the_records(
    client: FlaskClient, db: Database
) -> None:
    assert "sends nothing" in page(client, "/desk/set-up/sender")
    client.post("/desk/set-up/sender/check")
    text = page(client, "/desk/set-up/sender")
    assert "Mail stays on this machine, in the outbox" in text
    assert "about to ask the name servers about sun.example" in text


def test_a_test_of_the_form_is_shown_with_how_it_was_read(
    client: FlaskClient, db: Database, clock: Clock, app: Flask
) -> None:
    assert "Then send a test" in page(client, "/desk/set-up/form")
    assert "Nothing has come in yet" in page(client, "/desk/set-up/form?look=yes")
    owner = owner_of(db)
    with db.write() as conn:
        source = next(row for row in sources.of_clinic(conn, owner.clinic_id) if row.vendor == "standard")
        values = {"content_type": "application/json", "body": b"no json", "meta": {}, "state": inbox.WAITING}
        post = inbox.add(
            conn, clinic_id=owner.clinic_id, source_id=source.id, external_id="one", now=clock.at, **values
        )
    assert post is not None
    read_post(make_kit(db, clock), post)
    text = page(client, "/desk/set-up/form?look=yes")
    assert "Could not be read" in text
    assert f"/desk/inbox/{post}" in text
    revealed = client.post(f"/desk/set-up/form/{source.id}/secret").get_data(as_text=True)
    assert source.secret is not None
    assert source.secret in revealed
    assert source.secret not in page(client, "/desk/set-up/form")


def test_nobody_is_tested_while_all_mail_is_stopped(client: FlaskClient, db: Database, clock: Clock) -> None:
    with db.write() as conn:
        clinics.stop_running(conn, clock.at, None)
    client.post("/desk/set-up/test", data={"series": "sciatica-consultation"})
    assert "All mail is stopped" in page(client, "/desk/set-up/test")
    assert json.loads(client.get("/outbox.json").get_data(as_text=True)) == []


def test_a_front_desk_is_not_led_and_may_not_set_up(desk: Desk) -> None:
    with desk.house.kit.db.write() as conn:
        begin_set_up(conn, desk.clinic)
    assert "0 of 6 steps done" in desk.get("/desk/")
    a_user(desk.house, "fay@sun.example", "Fay Moreno", role="front-desk")
    desk.client = desk.app.test_client()
    sign_in(desk.client, "fay@sun.example")
    assert "steps done" not in desk.get("/desk/")
    assert desk.client.get("/desk/set-up/clinic").status_code == 403
    assert progress_of(desk.house.kit, desk.clinic) == replace(Progress(), over=False)
