"""The product as its processes: what a person types at a terminal, and what happens then."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request  # noqa: TID251 - to our own server on loopback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.assembly import build_kit, wall
from service.settings import ROOT, Settings
from service.storage.migrate import upgrade
from service.usecases.make_demo import make_demo
from tests.signup.conftest import body, sign
from tests.support.postgres import free_port

SECRET_KEY = "0123456789abcdef0123456789abcdef"
PASSWORD = "dana-for-tests-only"
UP_WITHIN, MAIL_WITHIN, DOWN_WITHIN = 60, 20, 20


@dataclass(frozen=True)
class Terminal:
    """A shell with nothing in it but the settings of one installation."""

    env: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.env['PORT']}"

    def types(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`python -m service …`, to its end."""
        return subprocess.run(_command(*words), env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)

    @contextmanager
    def keeps(self, *words: str, errors: Path) -> Iterator[subprocess.Popen[bytes]]:
        """`python -m service …`, going on in the background; what it says to stderr goes into the file."""
        with (
            errors.open("wb") as told,
            subprocess.Popen(_command(*words), env=self.env, cwd=ROOT, stdout=told, stderr=told) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    def ask(self, path: str, data: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """The status and the answer; (0, b"") while nobody listens."""
        asked = urllib.request.Request(self.url + path, data=data, headers=dict(headers or {}))  # noqa: TID251
        try:
            with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: TID251
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read()
        except OSError:
            return 0, b""


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "service", *words]


def until(true: Callable[[], Any], within: float) -> bool:
    """Whether it becomes true before the deadline."""
    ends, pause = time.monotonic() + within, threading.Event()
    while time.monotonic() < ends:
        if true():
            return True
        pause.wait(0.1)
    return False


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(
        {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PORT": str(free_port()),
            "MERIDIAN_SECRET_KEY": SECRET_KEY,
            "MERIDIAN_DEMO_PASSWORD": PASSWORD,
            "MERIDIAN_DATABASE_URL": f"sqlite:///{tmp_path / 'meridian.db'}",
            "MERIDIAN_MAIL": "outbox",
            "MERIDIAN_BASE_URL": "",
        }
    )


@pytest.fixture
def demo(terminal: Terminal) -> Terminal:
    """With a demo of a few days in its database."""
    settings = Settings.model_validate(dict(terminal.env))
    upgrade(settings.database_url)
    kit = build_kit(settings)
    make_demo(kit, PASSWORD, days=3, people=8)
    kit.db.dispose()
    return terminal


def test_up_serves_and_works_until_it_is_asked_to_stop_and_a_second_start_keeps_all(
    demo: Terminal, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.log", tmp_path / "second.log"
    with demo.keeps("up", errors=first) as up:
        assert _serves(demo, up), first.read_text()
        assert json.loads(demo.ask("/healthz")[1])["worker"]["ok"]

        post = body("gertrud@example.org", first_name="Gertrud", interest="sciatica")
        posted = demo.ask("/hooks/signup/demo-standard", post, sign(post, wall(), "msg_processes"))
        assert posted[0] == 200
        assert until(lambda: _welcomed(demo), MAIL_WITHIN)

        doctor = demo.types("doctor")
        assert (doctor.returncode, "MEND" in doctor.stdout) == (0, False), doctor.stdout + doctor.stderr

        up.send_signal(signal.SIGTERM)
        assert up.wait(DOWN_WITHIN) == 0
    told = first.read_text()
    assert demo.ask("/healthz")[0] == 0, "nobody listens any more"
    assert "worker stopped" in told
    assert "ended by itself" not in told
    assert not re.search("traceback|gertrud|sciatica|msg_processes", told, re.IGNORECASE)

    with demo.keeps("up", errors=second) as up:
        assert _serves(demo, up), second.read_text()
        assert _welcomed(demo) == ["Thank you for writing to us"]
        up.send_signal(signal.SIGINT)  # Ctrl-C
        assert up.wait(DOWN_WITHIN) == 0
    assert "Traceback" not in second.read_text()


def _serves(demo: Terminal, up: subprocess.Popen[bytes]) -> bool:
    """Whether it becomes well; at once False when it ends by itself."""
    return until(lambda: up.poll() is not None or demo.ask("/healthz")[0] == 200, UP_WITHIN) and up.poll() is None


def _welcomed(demo: Terminal) -> list[str]:
    return [mail["subject"] for mail in json.loads(demo.ask("/outbox.json?to=gertrud@example.org")[1] or b"[]")]


def test_migrating_twice_changes_nothing_the_second_time(terminal: Terminal) -> None:
    first, second = terminal.types("migrate"), terminal.types("migrate")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert second.stdout == "The database is up to date.\n"


def test_nothing_starts_on_a_database_that_is_not_migrated_and_it_says_what_to_type(terminal: Terminal) -> None:
    refused = terminal.types("up")
    assert refused.returncode == 1
    assert refused.stderr.endswith("Run: python -m service migrate\n")
    doctor = terminal.types("doctor")
    assert doctor.returncode == 1
    assert "python -m service migrate" in doctor.stdout
    assert "Traceback" not in refused.stderr + doctor.stderr


def test_a_tick_moves_the_clock_forward_and_refuses_to_go_back(demo: Terminal) -> None:
    forward = demo.types("tick", "--at", _in_days(1))
    assert forward.returncode == 0, forward.stderr
    assert json.loads(forward.stdout)["rejected"] == 0
    back = demo.types("tick", "--at", _in_days(0))
    assert back.returncode == 1
    assert "forward only" in back.stderr
    unread = demo.types("tick", "--at", "tomorrow")
    assert unread.returncode == 1
    assert "write it like" in unread.stderr
    assert demo.types("tick").returncode == 0


def test_the_demo_is_not_made_a_second_time(demo: Terminal) -> None:
    again = demo.types("demo")
    assert again.returncode == 0, again.stderr
    assert "leads," not in again.stdout


def test_without_a_secret_nothing_starts_and_it_says_what_to_set(terminal: Terminal) -> None:
    refused = Terminal({**terminal.env, "MERIDIAN_SECRET_KEY": "short"}).types("up")
    assert refused.returncode == 1
    assert "MERIDIAN_SECRET_KEY" in refused.stderr
    assert "Traceback" not in refused.stderr


def _in_days(days: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(wall() + days * 86_400))
