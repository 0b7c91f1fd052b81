"""The web application as a whole: health, headers, lost links, faults and the demo's clock."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.app import create_app
from service.domain.timing import DAY, HOUR
from service.settings import Settings
from service.storage import settings as stored
from service.storage import workers
from service.storage.database import Database
from service.usecases.stop_sending import stop_sending
from tests.support.cast import Cast, cast
from tests.support.clock import Clock

SETTINGS = Settings(MERIDIAN_SECRET_KEY="0123456789abcdef0123456789abcdef")


@pytest.fixture
def play(db: Database, clock: Clock) -> Cast:
    return cast(db, clock)


@pytest.fixture
def app(play: Cast) -> Flask:
    made = create_app(SETTINGS, play.kit)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def web(app: Flask) -> FlaskClient:
    return app.test_client()


def ticked(play: Cast, seconds_ago: int = 0) -> None:
    with play.kit.db.write() as conn:
        now = play.kit.wall() - seconds_ago
        workers.beat(conn, "here", now, now, now)


def health(web: FlaskClient) -> tuple[int, dict[str, Any]]:
    answer = web.get("/healthz")
    told: dict[str, Any] = answer.get_json()
    return answer.status_code, told


def test_it_is_not_well_before_a_worker_has_ticked(web: FlaskClient) -> None:
    status, told = health(web)
    assert (status, told["worker"]) == (503, {"ok": False, "last_tick_age": None})


def test_it_is_well_while_the_worker_ticks(play: Cast, web: FlaskClient) -> None:
    ticked(play)
    status, told = health(web)
    assert (status, told["ok"], told["overdue"], told["migrations"]["ok"]) == (200, True, 0, True)


def test_it_is_not_well_when_the_worker_has_been_silent_for_over_a_minute(play: Cast, web: FlaskClient) -> None:
    ticked(play, seconds_ago=61)
    assert health(web)[0] == 503


def test_it_is_not_well_when_somebody_has_been_due_for_a_quarter_of_an_hour(
    play: Cast, web: FlaskClient, clock: Clock
) -> None:
    play.signs_up(play.alice)
    clock.advance(seconds=16 * 60)
    ticked(play)
    status, told = health(web)
    assert (status, told["due"], told["overdue"]) == (503, 1, 1)


def test_a_clinic_that_was_stopped_by_hand_is_no_alarm(play: Cast, web: FlaskClient, clock: Clock) -> None:
    play.signs_up(play.alice)
    stop_sending(play.kit, play.clinic, play.dana, "tired")
    clock.advance(seconds=16 * 60)
    ticked(play)
    status, told = health(web)
    assert (status, told["stopped"]) == (200, 1)


def test_every_page_carries_the_guards_and_no_inline_script_is_allowed(web: FlaskClient) -> None:
    headers = web.get("/desk/sign-in").headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_what_stands_nowhere_gets_the_same_kind_page(web: FlaskClient) -> None:
    for path in ("/.env", "/u/forged-token-forged-tok", "/nowhere/at/all"):
        answer = web.get(path)
        assert answer.status_code == 404
        assert b"This link leads nowhere" in answer.data


def test_the_front_door_leads_to_the_desk(web: FlaskClient) -> None:
    assert web.get("/").headers["Location"] == "/desk"


def test_a_request_is_logged_by_its_rule_never_by_its_path(
    play: Cast, web: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    token = play.kit.links.mint("lead", play.alice)
    create_app(SETTINGS, play.kit).test_client().get(f"/p/{token}?email=alice@example.org")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {line["rule"] for line in lines if line["event"] == "request"} == {"/p/<token>"}
    assert not any(token in json.dumps(line) or "alice" in json.dumps(line) for line in lines)


def test_a_fault_is_logged_by_its_kind_and_place_never_by_its_words(
    play: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(SETTINGS, play.kit)
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken() -> str:
        raise RuntimeError("alice@example.org has a bad back")

    app.add_url_rule("/broken", view_func=broken)
    answer = app.test_client().get("/broken")
    told = capsys.readouterr().err
    assert (answer.status_code, b"It is our fault" in answer.data) == (500, True)
    assert "RuntimeError" in told
    assert "tests.test_app" in told
    assert "alice" not in told + answer.get_data(as_text=True)


def test_the_demos_bar_moves_the_clock_on_and_mails_go_at_their_hours(
    play: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = demo_kit(play, clock)
    with kit.db.write() as conn:
        stored.put(conn, stored.DEMO, "1")
    app = create_app(SETTINGS, kit)
    app.config["WTF_CSRF_ENABLED"] = False
    play.signs_up(play.alice)
    answer = app.test_client().post("/demo/travel", data={"to": "week", "back": "/desk/leads"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/leads")
    assert kit.clock() == clock() + 7 * DAY
    assert [row["step"] for row in play.rows("message")][:2] == ["welcome", "second"]


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_demos_bar_leads_back_to_our_own_pages_only(play: Cast, clock: Clock, back: str) -> None:
    kit = demo_kit(play, clock)
    with kit.db.write() as conn:
        stored.put(conn, stored.DEMO, "1")
    app = create_app(SETTINGS, kit)
    app.config["WTF_CSRF_ENABLED"] = False
    location = app.test_client().post("/demo/travel", data={"to": "day", "back": back}).headers["Location"]
    assert location.startswith("/")
    assert "evil" not in location


def test_outside_a_demo_nobody_moves_the_clock(web: FlaskClient) -> None:
    assert web.post("/demo/travel", data={"to": "week"}).status_code == 404


def demo_kit(play: Cast, clock: Clock) -> Any:
    """The cast's kit with the outbox's clock: the machine's time plus the stored offset."""

    def now() -> int:
        with play.kit.db.read() as conn:
            return clock() + stored.clock_offset(conn)

    return replace(play.kit, clock=now, wall=clock, demo=True)


def test_a_demo_that_slept_takes_its_time_up_where_it_was_left(play: Cast, clock: Clock) -> None:
    from service.usecases.keep_demo_time import keep_demo_time

    kit = demo_kit(play, clock)
    with kit.db.write() as conn:
        stored.put(conn, stored.DEMO, "1")
        workers.beat(conn, "here", clock(), clock(), clock())
    left_at = kit.clock()
    clock.advance(seconds=5 * HOUR)
    keep_demo_time(kit.db, kit.wall())
    assert kit.clock() == left_at
