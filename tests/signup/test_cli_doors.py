"""Forms and posts as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from typer.testing import CliRunner

from service.cli import commands
from service.usecases.take_post import Came, take_post
from tests.signup.conftest import House

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
Type = Callable[..., Result]


@pytest.fixture
def typed(house: House, db_url: str, monkeypatch: pytest.MonkeyPatch) -> Type:
    monkeypatch.setenv("MERIDIAN_DATABASE_URL", db_url)
    monkeypatch.setenv("MERIDIAN_SECRET_KEY", "only for tests: " * 4)
    monkeypatch.setenv("MERIDIAN_MAIL", "outbox")
    return lambda *words: CliRunner().invoke(commands, words)


def test_a_form_is_added_and_listed_without_its_secret(typed: Type) -> None:
    added = typed("sources", "add", "our-tally", "--vendor", "tally", "--secret", "hush", "--interest", "sciatica")
    assert added.output.strip().endswith("/hooks/signup/our-tally")
    told = json.loads(typed("sources", "list", "--json").stdout)
    (row,) = [each for each in told if each["key"] == "our-tally"]
    assert (row["vendor"], row["interest"], row["has_secret"], row["double_opt_in"]) == (
        "tally",
        "sciatica",
        True,
        False,
    )
    assert "hush" not in typed("sources", "list").output
    for words, says in (
        (("faxform",), "there is no vendor 'faxform'"),
        (("tally",), "copy it from there"),
        (("generic", "--interest", "migraine"), "unknown interest 'migraine'"),
    ):
        wrong = typed("sources", "add", "another", "--vendor", *words)
        assert (wrong.exit_code, says in wrong.output) == (1, True), wrong.output


def test_posts_are_listed_and_read_again(house: House, typed: Type) -> None:
    typed("sources", "add", "our-form-of-paper", "--vendor", "generic")
    raw, headers = b'{"email": "nobody"}', {"content-type": "application/json"}
    post_id = take_post(house.kit, "our-form-of-paper", raw, headers, Came())
    (row,) = json.loads(typed("inbox", "list", "--state", "unreadable", "--json").stdout)
    assert set(row) == {"id", "source", "state", "reason", "received_at"}
    assert (row["id"], row["state"]) == (str(post_id), "unreadable")
    again = typed("inbox", "replay", row["id"])
    assert (again.exit_code, again.output.strip()) == (1, "0 of 1 read")
    with house.kit.db.write() as conn:
        conn.exec_driver_sql("UPDATE inbox SET body = ?", (b'{"email": "nina@example.org"}',))
    assert typed("inbox", "replay", "--all").output.strip() == "1 of 1 read"
    assert house.one("lead").email_key == "nina@example.org"
    assert typed("inbox", "replay").exit_code == 1
    assert typed("inbox", "list", "--state", "lost").exit_code == 1
