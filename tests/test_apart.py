"""Test files in processes of their own: one that hangs is ended and run once more, and none is forgotten."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools.apart import apart

COMMAND = [
    sys.executable,
    "-m",
    "pytest",
    "-q",
    "-p",
    "no:cacheprovider",
    "--continue-on-collection-errors",
    "--timeout=2",
    "--timeout-method=thread",
]
HANGS = "import threading\ndef test_it():\n    threading.Event().wait()\n"
HANGS_ONCE = """import pathlib, threading
def test_it():
    seen = pathlib.Path(__file__).with_suffix(".seen")
    if not seen.exists():
        seen.touch()
        threading.Event().wait()
"""


def _ran(folder: Path, **files: str) -> tuple[list[str], list[str]]:
    paths = [folder / f"{name}.py" for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text)
    cases, without = apart(COMMAND, paths, folder, hands=2)
    return sorted(f"{case.get('classname')} {'bad' if len(case) else 'good'}" for case in cases), without


def test_what_hung_once_is_run_again_and_counts_then(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _ran(tmp_path, test_a=HANGS_ONCE, test_b="def test_it(): pass") == (["test_a good", "test_b good"], [])
    assert "threading.Event().wait()" in capsys.readouterr().out, "its stack says where"


def test_what_hangs_twice_is_named(tmp_path: Path) -> None:
    _, without = _ran(tmp_path, test_a=HANGS)
    assert without == ["test_a.py: pytest ended with 1 and no failed test"]


def test_what_fails_or_cannot_be_read_is_told(tmp_path: Path) -> None:
    found = _ran(tmp_path, test_a="def test_it(): assert 0", test_b="def test_it(): pass", test_c="import nowhere")
    assert found[0] == [" bad", "test_a bad", "test_b good"]
