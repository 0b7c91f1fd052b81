"""`campaigns publish` and `restore`, as they are typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.storage.database import Database
from tests.support.cast import Cast, campaign_file, cast, mail_files
from tests.support.clock import Clock

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clock() -> Clock:
    """In the past of every machine: the command asks the machine's own clock."""
    return Clock(1_760_000_400)


@pytest.fixture
def play(db: Database, clock: Clock) -> Cast:
    return cast(db, clock)


def _types(db_url: str, *words: str) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "MERIDIAN_DATABASE_URL": db_url,
        "MERIDIAN_SECRET_KEY": "only for tests: thirty-two bytes",
        "MERIDIAN_MAIL": "outbox",
    }
    return subprocess.run(
        [sys.executable, "-m", "service", *words],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_file_is_tried_and_then_published(play: Cast, db_url: str, tmp_path: Path) -> None:
    (run,) = play.signs_up(play.alice)
    play.tick()
    file = tmp_path / "tiny.yaml"
    steps = "\n  - {key: welcome, mail: welcome, at_once: true}\n  - {key: third, mail: third, delay: 3d}"
    file.write_text(campaign_file(steps=steps), "utf-8")
    tried = _types(db_url, "campaigns", "publish", "tiny", "--file", str(file), "--dry-run", "--json")
    assert tried.returncode == 0, tried.stderr
    told = json.loads(tried.stdout)
    assert (told["version"], told["people"], told["duplicates"]) == (2, 1, 0)
    assert told["changed"] == {"added": [], "removed": ["second"], "changed": ["welcome"]}
    assert {each["step"]: each["skips"] for each in told["steps"]} == {"welcome": 0, "second": 1, "third": 0}
    assert len(play.rows("campaign_version")) == 1
    done = _types(db_url, "campaigns", "publish", "tiny", "--file", str(file))
    assert done.returncode == 0, done.stderr
    assert "Version 2 of 'tiny' is published" in done.stdout
    assert play.stands(run)[0] == "third"
    again = _types(db_url, "campaigns", "publish", "tiny", "--file", str(file))
    assert "nothing is new" in again.stdout


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--mode", "maybe"], "no mode 'maybe'; use finish, move or exit"),
        (["--reach-back", "soon"], "write it like 30d"),
        (["--mode", "finish", "--reach-back", "3d"], "goes with --mode move"),
        ([], "'tiny' has no draft and does not ship; name its file"),
    ],
)
def test_what_cannot_be_done_is_said(play: Cast, db_url: str, tmp_path: Path, words: list[str], why: str) -> None:
    if words:
        file = tmp_path / "tiny.yaml"
        file.write_text(campaign_file(), "utf-8")
        folder = file.with_suffix("")
        folder.mkdir()
        for name, (mjml, text) in mail_files("welcome", "second", "third", body="More.").items():
            (folder / f"{name}.mjml").write_text(mjml, "utf-8")
            (folder / f"{name}.txt").write_text(text, "utf-8")
        words = ["--file", str(file), *words]
    found = _types(db_url, "campaigns", "publish", "tiny", *words)
    assert found.returncode == 1
    assert why in found.stderr
    assert len(play.rows("campaign_version")) == 1


def test_a_backup_is_put_back_by_the_command_of_its_database(play: Cast, db_url: str, tmp_path: Path) -> None:
    play.signs_up(play.alice)
    if not play.db.sqlite:
        refused = _types(db_url, "restore", str(tmp_path / "copy.dump"))
        assert (refused.returncode, "pg_restore" in refused.stderr) == (1, True)
        done = _types(db_url, "restore", "--done")
    else:
        done = _types(db_url, "restore", str(tmp_path / "nowhere.db"))
        assert (done.returncode, "no such file" in done.stderr) == (1, True)
        return
    assert done.returncode == 0, done.stderr
    assert "Held for a decision: 1 due since." in done.stdout
    assert play.rows("enrollment")[0]["guard"] == "restored"
