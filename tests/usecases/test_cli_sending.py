"""Brake, doubts and backups as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from service.cli import commands
from service.usecases.resume_series import stop_series
from tests.support.cast import Cast
from tests.usecases.test_doubts import a_doubt

Type = Callable[..., Result]
SUN = "sun-acupuncture"


@pytest.fixture
def typed(play: Cast, db_url: str, monkeypatch: pytest.MonkeyPatch) -> Type:
    monkeypatch.setenv("MERIDIAN_DATABASE_URL", db_url)
    monkeypatch.setenv("MERIDIAN_SECRET_KEY", "only for tests: " * 4)
    monkeypatch.setenv("MERIDIAN_MAIL", "outbox")
    return lambda *words, answer="": CliRunner().invoke(commands, words, input=answer)


def test_the_brake_is_put_on_seen_and_taken_off(play: Cast, typed: Type) -> None:
    assert typed("brake", "status").exit_code == 0
    assert "stand still" in typed("brake", "on", "--clinic", SUN, "--why", "a wrong list").output
    seen = typed("brake", "status", "--json")
    assert seen.exit_code == 1
    (told,) = json.loads(seen.stdout)
    assert (told["clinic"], told["state"]) == (SUN, "series-stopped")
    assert "a wrong list" in told["why"]
    play.signs_up(play.alice)
    play.tick()
    asked = typed("brake", "off", "--clinic", SUN, answer="n\n")
    assert "1 people wait for 1 mails" in asked.output
    assert play.rows("clinic")[0]["braked_at"] is not None, "she said no"
    assert typed("brake", "off", "--clinic", SUN, "--how", "sideways").exit_code == 1
    assert "go on" in typed("brake", "off", "--clinic", SUN, "--how", "send", "--yes").output
    assert play.rows("clinic")[0]["braked_at"] is None


def test_without_a_clinic_it_is_the_one_switch_and_asks_first(play: Cast, typed: Type) -> None:
    stop_series(play.kit, play.clinic, play.dana, "")
    assert typed("brake", "on", answer="n\n").exit_code == 1
    assert play.rows("clinic")[0]["stopped_at"] is None
    assert "stopped: 1" in typed("brake", "on", "--yes").output
    play.signs_up(play.alice)
    assert play.tick().seen == 0
    assert "started: 1" in typed("brake", "off").output
    assert play.rows("clinic")[0]["braked_at"] is not None, "the brake of the clinic is another matter"


def test_doubts_are_listed_and_settled_by_their_ref(play: Cast, typed: Type) -> None:
    a_doubt(play)
    (told,) = json.loads(typed("in-doubt", "list", "--json").stdout)
    assert told["why"] == "no answer"
    assert "Alice" not in typed("in-doubt", "list").output
    assert typed("in-doubt", "settle", told["ref"]).exit_code == 1
    assert typed("in-doubt", "settle", "no-such-ref", "--sent").exit_code == 1
    assert "1 settled" in typed("in-doubt", "settle", told["ref"], "--sent").output
    assert play.mails(play.alice) == [("welcome", "accepted")]
    assert typed("in-doubt", "settle", "--not-sent").exit_code == 1
    assert json.loads(typed("in-doubt", "settle", "--json").stdout) == {"settled": 0}


def test_a_backup_is_made_by_name(play: Cast, typed: Type, tmp_path: Path) -> None:
    if not play.db.sqlite:
        return
    done = typed("backup", str(tmp_path / "copy"))
    assert (done.exit_code, (tmp_path / "copy").exists()) == (0, True)
    again = typed("backup", str(tmp_path / "copy"))
    assert again.exit_code == 1
    assert "is there already" in again.output


def test_the_doctor_tells_each_finding_with_its_mend_as_one_document(play: Cast, typed: Type) -> None:
    done = typed("doctor", "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == (0 if told["ok"] else 1) == 1
    assert {each["state"] for each in told["findings"]} <= {"well", "mend", "unseen"}
    silent = next(each for each in told["findings"] if "no mail goes out" in each["what"])
    assert (silent["state"], silent["mend"]) == ("mend", "python -m service up, or worker")
    assert "MEND  the worker last ticked never" in typed("doctor").output
