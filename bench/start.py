"""How soon there is an answer: the web server from its command to its first answer, the application's import, and what
a worker imports."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.folders import folder
from bench.hands import ROOT
from bench.ours import environment
from bench.servers import free_port, server
from service.storage.migrate import upgrade

MOST_SERVE, MOST_IMPORT = 2.0, 1.0
WEB = ("flask", "werkzeug", "granian", "jinja2", "wtforms", "flask_wtf", "flask_limiter", "flask_login", "service.web")
WITHIN = 60.0
_IMPORT = "import time; began = time.perf_counter(); import service.app; print(time.perf_counter() - began)"


def run(rounds: int) -> dict[str, Any]:
    """Medians, in seconds; `web_in_worker` names what the worker should not have loaded."""
    with folder() as own:
        url = f"sqlite:///{own}/start.db"
        upgrade(url)
        known = environment(url, 9)
        serve = statistics.median(_serve(known) for _ in range(rounds))
        bare = statistics.median(_python("import flask, sqlalchemy") for _ in range(rounds))
        imports = statistics.median(_python(_IMPORT) for _ in range(rounds))
        loaded = loaded_by_worker(known)
    found: dict[str, Any] = {
        "what": "start",
        "rounds": rounds,
        "serve_seconds": round(serve, 2),
        "import_app_seconds": round(imports, 2),
        "import_flask_and_sqlalchemy_seconds": round(bare, 2),
        "worker_modules": len(loaded),
        "web_in_worker": sorted(name for name in WEB if name in loaded),
        "target": {"at_most": {"serve_seconds": MOST_SERVE, "import_app_seconds": MOST_IMPORT, "web_in_worker": []}},
    }
    missed = ["serve_seconds"] * (serve > MOST_SERVE) + ["import_app_seconds"] * (imports > MOST_IMPORT)
    missed += ["web_in_worker"] * bool(found["web_in_worker"])
    return {**found, "missed": missed, "ok": not missed}


def words(found: dict[str, Any]) -> Iterator[str]:
    yield (
        f"start: serve answers after {found['serve_seconds']} s, import service.app {found['import_app_seconds']} s "
        f"(flask and sqlalchemy alone {found['import_flask_and_sqlalchemy_seconds']} s)"
    )
    web = ", ".join(found["web_in_worker"]) or "none"
    yield f"the worker loads {found['worker_modules']} modules, of the web: {web}"
    yield "ok" if found["ok"] else f"missed: {', '.join(found['missed'])}"


def _serve(known: dict[str, str]) -> float:
    began = time.perf_counter()
    with server([sys.executable, "-m", "service", "serve"], free_port(), known):
        return time.perf_counter() - began


def _python(code: str) -> float:
    """What the code prints, or else how long it takes, less what Python itself needs to begin."""
    took = _run(code)
    return float(took.output) if took.output else took.seconds - _run("pass").seconds


class _Took:
    def __init__(self, seconds: float, output: str) -> None:
        self.seconds = seconds
        self.output = output


def _run(code: str) -> _Took:
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return _Took(time.perf_counter() - began, done.stdout.strip())


def loaded_by_worker(known: dict[str, str]) -> set[str]:
    """The modules that `python -m service worker` has loaded once it works."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MERIDIAN_", "SENDGRID_"))}
    with tempfile.NamedTemporaryFile("w+", suffix=".txt") as told:
        command = [sys.executable, "-X", "importtime", "-m", "service", "worker"]
        hand = subprocess.Popen(command, cwd=ROOT, env={**own, **known}, stdin=subprocess.DEVNULL, stderr=told)
        try:
            deadline = time.monotonic() + WITHIN
            while "worker started" not in (lines := Path(told.name).read_text()):
                if hand.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the worker did not start: {lines[-300:]}")
                time.sleep(0.05)
        finally:
            hand.terminate()
            hand.wait()
        lines = Path(told.name).read_text()
    return {line.rpartition("|")[2].strip() for line in lines.splitlines() if line.startswith("import time:")}
