"""Who may sit at the desk."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from werkzeug.routing import Rule

from service.storage import campaigns, users
from service.storage.database import Database
from service.web.admin.desk import OPEN
from tests.support.clinic import Sun, sun
from tests.support.clock import Clock
from tests.support.desk_data import EMAIL, PASSWORD, a_user, app_of, sign_in


@pytest.fixture
def house(db: Database, clock: Clock) -> Sun:
    made = sun(db, clock)
    a_user(made, EMAIL, "Dana Whitfield")
    return made


@pytest.fixture
def app(house: Sun) -> Flask:
    return app_of(house)


def _path(rule: Rule) -> str:
    return rule.build({name: _SAMPLE.get(name, 1) for name in rule.arguments})[1]  # type: ignore[index]


_SAMPLE: dict[str, object] = {"part": "clinic", "mail": "welcome", "how": "went"}


def test_every_page_of_the_desk_asks_for_a_sign_in(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client, seen = app.test_client(), 0
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("desk.") or rule.endpoint in OPEN:
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(_path(rule), method=method)
            assert answer.status_code == 303, f"{method} {rule}"
            assert answer.headers["Location"].startswith("/desk/sign-in"), f"{method} {rule}"
            seen += 1
    assert seen > 40


def test_every_post_of_the_desk_asks_for_its_token(app: Flask) -> None:
    client = app.test_client()
    sign_in(client)
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("desk.") and "POST" in (rule.methods or set()):
            assert client.post(_path(rule)).status_code == 400, str(rule)


def test_it_admits_with_the_right_password_only(app: Flask) -> None:
    client = app.test_client()
    wrong, unknown = sign_in(client, EMAIL, "another password"), sign_in(client, "nobody@sun.example")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert "do not go together" in wrong.get_data(as_text=True)
    assert _told(wrong.get_data(as_text=True)) == _told(unknown.get_data(as_text=True))
    assert sign_in(client).status_code == 303
    assert client.get("/desk/").status_code == 200


def _told(text: str) -> str:
    """A page without what was typed and its token."""
    return re.sub(r'value="[^"]*"', "", text)


def test_it_stops_guessing_of_one_account(app: Flask) -> None:
    client = app.test_client()
    answers = [sign_in(client, EMAIL, "a guess").status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
    assert sign_in(client).status_code == 429


def test_it_leads_on_to_the_page_that_was_asked_for_and_never_off_the_desk(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/desk/leads").headers["Location"] == "/desk/sign-in?then=/desk/leads"
    app.config["WTF_CSRF_ENABLED"] = False
    for then, goes in (
        ("/desk/leads", "/desk/leads"),
        ("//evil.example/desk/", "/desk/"),
        ("https://evil.example", "/desk/"),
    ):
        answer = app.test_client().post("/desk/sign-in", data={"email": EMAIL, "password": PASSWORD, "then": then})
        assert answer.headers["Location"] == goes


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(app: Flask) -> None:
    here, there = app.test_client(), app.test_client()
    sign_in(here)
    sign_in(there)
    app.config["WTF_CSRF_ENABLED"] = False
    assert here.post("/desk/password", data={"old": "wrong", "new": "x" * 12}).status_code == 422
    assert here.post("/desk/password", data={"old": PASSWORD, "new": "short"}).status_code == 422
    assert there.get("/desk/").status_code == 200
    assert here.post("/desk/password", data={"old": PASSWORD, "new": "quite another one"}).status_code == 303
    assert here.get("/desk/").status_code == 200
    assert there.get("/desk/").status_code == 303


def test_signing_out_ends_the_session(app: Flask) -> None:
    client = app.test_client()
    sign_in(client)
    app.config["WTF_CSRF_ENABLED"] = False
    client.post("/desk/sign-out")
    assert client.get("/desk/").status_code == 303


def test_signing_out_ends_every_copy_of_the_cookie_and_leaves_other_devices_alone(app: Flask) -> None:
    client, thief, elsewhere = app.test_client(), app.test_client(), app.test_client()
    sign_in(client)
    sign_in(elsewhere)
    copied = client.get_cookie("meridian")
    assert copied is not None
    thief.set_cookie(copied.key, copied.value, secure=copied.secure, path=copied.path)
    assert thief.get("/desk/").status_code == 200
    app.config["WTF_CSRF_ENABLED"] = False
    client.post("/desk/sign-out")
    assert thief.get("/desk/").status_code == 303
    assert elsewhere.get("/desk/").status_code == 200
    app.config["WTF_CSRF_ENABLED"] = True
    sign_in(client)
    assert client.get("/desk/").status_code == 200
    assert thief.get("/desk/").status_code == 303


def test_pages_of_the_desk_are_kept_nowhere(app: Flask) -> None:
    answer = app.test_client().get("/desk/sign-in")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]


FIRST = {
    "owner_name": "Dana Whitfield",
    "owner_email": "Dana@Sun.example",
    "password": "a few words do well",
    "name": "Sun Acupuncture",
    "address": "100 Example Street",
    "city": "Minnetonka",
    "phone": "(952) 555-0142",
    "website": "",
    "zone": "America/Chicago",
}


@pytest.fixture
def empty(db: Database, clock: Clock) -> Flask:
    from tests.support.clinic import make_kit

    app = app_of(Sun(make_kit(db, clock)))
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def test_first_use_makes_an_owner_a_clinic_and_all_that_a_sign_up_needs(empty: Flask, db: Database) -> None:
    client = empty.test_client()
    assert client.get("/desk/sign-in").headers["Location"] == "/desk/welcome"
    assert client.post("/desk/welcome", data=FIRST).headers["Location"] == "/desk/"
    home = client.get("/desk/").get_data(as_text=True)
    assert "Sun Acupuncture" in home
    assert "open slots" in home
    sources = client.get("/desk/settings/sources").get_data(as_text=True)
    assert "/join/sun-acupuncture" in sources
    assert "/hooks/signup/" in sources
    with db.read() as conn:
        owner = users.first_owner(conn)
        published = {row.key for row in campaigns.of_clinic(conn, owner.clinic_id)} if owner else set()
    assert {"sciatica-consultation", "appointment", "double-opt-in"} <= published
    assert owner is not None
    assert owner.email == "dana@sun.example"


def test_first_use_is_over_once_there_is_an_account(empty: Flask) -> None:
    client = empty.test_client()
    client.post("/desk/welcome", data=FIRST)
    other = empty.test_client()
    assert other.get("/desk/welcome").headers["Location"] == "/desk/sign-in"
    assert (
        other.post("/desk/welcome", data=FIRST | {"owner_email": "eve@x.example"}).headers["Location"]
        == "/desk/sign-in"
    )
    assert other.get("/desk/").status_code == 303


def test_first_use_says_what_to_mend_and_keeps_what_was_typed(empty: Flask) -> None:
    answer = empty.test_client().post(
        "/desk/welcome", data=FIRST | {"password": "short", "zone": "Chicago", "city": ""}
    )
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for words in ("at least 12 characters", "IANA name", "Give the city", "100 Example Street", "3 fields need"):
        assert words in text
    assert "short" not in text


def test_the_menus_spoken_name_begins_with_what_it_shows(app: Flask) -> None:
    client = app.test_client()
    sign_in(client)
    home = client.get("/desk/").get_data(as_text=True)
    menu = re.search(r'<summary aria-label="([^"]+)"[^>]*><span class="me">([^<]+)</span>', home)
    assert menu is not None
    assert menu[1].startswith(menu[2]), "who says what is seen reaches it"
    assert "Dana Whitfield" in menu[1]
