"""/metrics of the web server and of a worker: what it tells, to whom, and what it never says."""

from __future__ import annotations

import http.client
import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.app import create_app
from service.delivery.sendgrid import SendGridProvider
from service.jobs.embedded import Worker
from service.jobs.figures import Figures
from service.jobs.figures_port import figures_port
from service.jobs.table import JOBS
from service.settings import Settings
from service.storage import workers
from service.storage.database import Database
from service.usecases.check_health import TICK_AGE
from tests.support import fake_sendgrid as fakes
from tests.support.cast import Cast, cast
from tests.support.clock import Clock
from tests.support.fake_sendgrid import FakeSendGrid

SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "a-token-of-more-than-24-letters"


@pytest.fixture
def play(db: Database, clock: Clock) -> Cast:
    return cast(db, clock)


def app_of(play: Cast, **settings: str) -> Flask:
    return create_app(Settings(MERIDIAN_SECRET_KEY=SECRET, **settings), play.kit)


@pytest.fixture
def web(play: Cast) -> FlaskClient:
    return app_of(play).test_client()


def figures(text: str) -> dict[str, float]:
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if not line.startswith("#")
    }


def ask(web: FlaskClient) -> dict[str, float]:
    return figures(web.get("/metrics").get_data(as_text=True))


def ask_port(port: int, **headers: str) -> tuple[int, str]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    line.request("GET", "/metrics", headers=headers)
    answer = line.getresponse()
    told = answer.read().decode()
    line.close()
    return answer.status, told


def test_it_tells_for_how_long_somebody_has_been_due(play: Cast, web: FlaskClient, clock: Clock) -> None:
    assert ask(web)["meridian_oldest_due_age_seconds"] == 0
    play.signs_up(play.alice)
    clock.advance(seconds=90)
    assert ask(web)["meridian_oldest_due_age_seconds"] == 90


def test_it_tells_of_doubts_dead_leases_and_posts_that_wait(play: Cast, web: FlaskClient, clock: Clock) -> None:
    with FakeSendGrid() as fake:
        played = replace(play, provider=SendGridProvider("SG.not-a-real-key", fake.url))
        fake.answers(fakes.accepted_then_reset)
        played.signs_up(played.alice)
        assert played.tick().doubtful == 1
    told = ask(web)
    assert told["meridian_messages_in_doubt"] == 1
    assert told["meridian_leases_dead"] == 0
    with play.db.write() as conn:
        conn.exec_driver_sql("UPDATE message SET state = 'in_flight'")
    clock.advance(seconds=600)
    assert ask(web)["meridian_leases_dead"] == 1


def test_it_tells_of_each_worker_by_a_name_that_says_nothing(play: Cast, web: FlaskClient) -> None:
    Worker(play.kit, play.provider, "9.9").beat()
    found = [name for name in ask(web) if name.startswith("meridian_worker_beat_age_seconds")]
    assert len(found) == 1
    assert re.fullmatch(r'meridian_worker_beat_age_seconds\{worker="[0-9a-f]{8}"\}', found[0])


def test_names_begin_with_meridian_and_no_label_names_a_clinic_or_a_person(play: Cast, web: FlaskClient) -> None:
    play.signs_up(play.alice)
    worker = Worker(play.kit, play.provider)
    worker.runner(JOBS[0])()
    with figures_port(worker.figures.registry, "127.0.0.1", 0) as port:
        _, of_worker = ask_port(port)
    both = web.get("/metrics").get_data(as_text=True) + of_worker
    names = [line for line in both.splitlines() if not line.startswith("#")]
    assert all(name.startswith("meridian_") for name in names)
    assert not re.search("sun|alice|example|welcome|tiny", both, re.IGNORECASE)
    assert figures(of_worker)['meridian_messages_total{outcome="accepted"}'] == 1
    assert figures(of_worker)['meridian_job_seconds_count{job="advance"}'] == 1


def test_a_round_that_fails_is_counted(play: Cast) -> None:
    worker = Worker(play.kit, play.provider)
    worker.runner(replace(JOBS[0], run=lambda *_args, **_more: 1 // 0))()
    assert worker.figures.registry.get_sample_value("meridian_job_failures_total", {"job": "advance"}) == 1


def test_whoever_comes_through_the_proxy_is_not_told(play: Cast, web: FlaskClient) -> None:
    assert web.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    assert web.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.7"}).status_code == 404


def test_a_token_lets_another_machine_ask(play: Cast) -> None:
    web = app_of(play, MERIDIAN_METRICS_TOKEN=TOKEN).test_client()
    for headers, expected in (({"Authorization": f"Bearer {TOKEN}"}, 200), ({"Authorization": "Bearer no"}, 404)):
        answer = web.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": "203.0.113.7"})
        assert answer.status_code == expected


def test_a_workers_port_asks_for_the_token_too() -> None:
    with figures_port(Figures().registry, "127.0.0.1", 0, TOKEN) as port:
        status, told = ask_port(port, Authorization=f"Bearer {TOKEN}")
        assert (status, "meridian_messages_total" in told) == (200, True)
        assert ask_port(port)[0] == 404


def test_other_machines_may_ask_a_worker_only_with_a_token() -> None:
    with pytest.raises(ValueError, match="MERIDIAN_METRICS_TOKEN"):
        Settings(MERIDIAN_SECRET_KEY=SECRET, MERIDIAN_METRICS_ADDRESS="0.0.0.0")


def test_health_tells_of_every_worker_and_why_it_is_not_well(play: Cast, web: FlaskClient, clock: Clock) -> None:
    with play.db.write() as conn:
        workers.beat(conn, "aaaaaaaa", clock(), clock(), clock(), "1.0")
        workers.beat(conn, "bbbbbbbb", clock(), clock() - 300, clock() - 300, "0.9")
    answer = web.get("/healthz")
    told = answer.get_json()
    assert (answer.status_code, told["reasons"]) == (200, [])
    assert told["workers"] == [
        {"name": "aaaaaaaa", "version": "1.0", "last_beat_age": 0, "last_tick_age": 0, "ok": True},
        {"name": "bbbbbbbb", "version": "0.9", "last_beat_age": 300, "last_tick_age": 300, "ok": False},
    ]
    clock.advance(seconds=TICK_AGE + 1)
    answer = web.get("/healthz")
    assert answer.status_code == 503
    assert answer.get_json()["reasons"] == ["no worker has ticked for 61 s: python -m service worker"]


def test_a_worker_that_was_asked_to_stop_is_not_missed(play: Cast, web: FlaskClient, clock: Clock) -> None:
    with play.db.write() as conn:
        workers.beat(conn, "aaaaaaaa", clock(), clock(), clock())
        workers.beat(conn, "bbbbbbbb", clock(), clock(), clock())
        workers.stop(conn, "bbbbbbbb", clock())
    assert [worker["name"] for worker in web.get("/healthz").get_json()["workers"]] == ["aaaaaaaa"]
    assert not any("bbbbbbbb" in name for name in ask(web))
