"""The unsubscribe holds from the answer on: by one press in a mail program (RFC 8058), raced against the sender, and
never because something looked at the page."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, TestResponse

from service.domain.timing import DAY
from service.storage import suppressions
from service.storage.database import Database
from service.storage.tables import metadata
from service.usecases.advance import advance, commit, plan
from service.usecases.choose_preferences import choose_preferences
from service.usecases.pause_mails import pause_mails
from tests.support.at_once import at_once
from tests.support.cast import Cast, campaign_file, cast, mail_files, outbox_provider
from tests.support.clock import Clock
from tests.support.desk_data import app_of

TEN = 1_795_536_000
BODIES = {
    "urlencoded": ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
    "multipart": (
        "multipart/form-data; boundary=---B",
        b'-----B\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n-----B--\r\n',
    ),
}


@pytest.fixture
def play(db: Database) -> Cast:
    made = cast(db, Clock(TEN))
    once = "\n  - {key: first, mail: first, at_once: true}"
    made.publishes(campaign_file("north", once, entry="{on: by-hand}", goal="none"), mail_files("first"))
    return made


@pytest.fixture
def client(play: Cast) -> FlaskClient:
    return app_of(play).test_client(use_cookies=False)  # type: ignore[arg-type]


def token(play: Cast, lead: int) -> str:
    return play.kit.links.mint("lead", lead)


def one_click(client: FlaskClient, path: str, how: str = "urlencoded") -> TestResponse:
    """As a mail program posts: no cookie, no referrer, no name of its own."""
    kind, body = BODIES[how]
    environ = EnvironBuilder(path, method="POST", data=body, content_type=kind).get_environ()
    environ.pop("HTTP_USER_AGENT", None)
    return client.open(environ)


def stands(play: Cast, lead: int) -> list[str]:
    with play.db.read() as conn:
        email = play.rows("lead", id=lead)[0]["email_key"]
        return [row.reason for row in suppressions.standing(conn, play.clinic, email)]


def everything(play: Cast) -> dict[str, list[Any]]:
    with play.db.read() as conn:
        return {table.name: sorted(map(repr, conn.execute(sa.select(table)))) for table in metadata.sorted_tables}


@pytest.mark.parametrize("how", list(BODIES))
def test_one_press_in_a_mail_program_is_answered_directly_and_twice_is_once(
    play: Cast, client: FlaskClient, how: str
) -> None:
    for _ in range(2):
        answer = one_click(client, f"/u/{token(play, play.alice)}", how)
        assert answer.status_code == 200
        assert "Location" not in answer.headers
        assert "Set-Cookie" not in answer.headers
    assert stands(play, play.alice) == ["unsubscribed"]
    assert len(play.rows("event", lead_id=play.alice, kind="unsubscribed")) == 1


def test_a_token_still_stops_the_mails_a_year_later(play: Cast) -> None:
    old = token(play, play.alice)
    later = play.at(TEN + 366 * DAY)
    client = app_of(later).test_client(use_cookies=False)  # type: ignore[arg-type]
    assert one_click(client, f"/u/{old}").status_code == 200
    assert stands(play, play.alice) == ["unsubscribed"]


def test_whatever_only_looks_changes_nothing(play: Cast, client: FlaskClient) -> None:
    before = everything(play)
    for method in ("GET", "HEAD", "OPTIONS"):
        for query in ("", "?List-Unsubscribe=One-Click", "?do=stop"):
            answer = client.open(f"/u/{token(play, play.alice)}{query}", method=method)
            assert answer.status_code == 200
            assert b"<script" not in answer.data
    assert everything(play) == before


def test_a_mail_that_was_decided_on_before_the_press_is_not_sent_after_it(play: Cast, client: FlaskClient) -> None:
    play.signs_up(play.alice, "by-hand")
    planned = plan(play.kit, play.kit.clock(), 500)
    assert len(planned) == 1
    assert one_click(client, f"/u/{token(play, play.alice)}").status_code == 200
    assert commit(play.kit, "outbox", planned, play.kit.clock()) == []
    play.tick()
    assert play.rows("message") == []
    assert play.rows("outbox") == []


def _choose(topics: list[str]) -> Callable[[Cast], object]:
    return lambda play: choose_preferences(play.kit, play.alice, "now", topics)


@pytest.mark.parametrize(
    "choice", [lambda play: pause_mails(play.kit, play.alice), _choose(["visit"])], ids=["pause", "topic"]
)
def test_a_pause_and_a_refused_topic_hold_before_the_next_claim_too(
    play: Cast, choice: Callable[[Cast], object]
) -> None:
    play.signs_up(play.alice, "by-hand")
    planned = plan(play.kit, play.kit.clock(), 500)
    choice(play)
    assert commit(play.kit, "outbox", planned, play.kit.clock()) == []
    play.tick()
    assert play.rows("outbox") == []


def test_no_claim_follows_an_answer_while_workers_send(play: Cast, db_url: str, long: bool) -> None:
    guests = [play.lead(f"guest{number}") for number in range(150 if long else 40)]
    for guest in guests:
        play.signs_up(guest, "by-hand")
    app = app_of(play)  # type: ignore[arg-type]
    claimed: dict[int, int] = {}
    answered = threading.Event()

    def patients(mine: list[int]) -> Callable[[], None]:
        def leave() -> None:
            client = app.test_client(use_cookies=False)
            for guest in mine:
                assert one_click(client, f"/u/{token(play, guest)}").status_code == 200
                claimed[guest] = len(play.rows("message", lead_id=guest))
                answered.set()

        return leave

    def worker(limit: int) -> Callable[[], None]:
        def work() -> None:
            assert answered.wait(30)
            database = Database(db_url)
            advance(play.kit, outbox_provider(database), limit=limit)
            database.dispose()

        return work

    at_once(patients(guests[::2]), patients(guests[:0:-2]), worker(3), worker(4))
    play.tick()
    assert {guest: len(play.rows("message", lead_id=guest)) for guest in claimed} == claimed
    assert sum(claimed.values()) == len(play.rows("outbox"))
    assert all(stands(play, guest) == ["unsubscribed"] for guest in claimed)
