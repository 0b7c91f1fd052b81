"""The peer: django-post_office, in a virtual environment of its own that the application never sees."""

from __future__ import annotations

import shutil
import subprocess
import sys

from bench.hands import ROOT

LOCK = ROOT / "bench" / "requirements.txt"
HOME = ROOT / "var" / "bench" / "peer"


def interpreter() -> str:
    """Its Python. Makes the environment where there is none, or one of another lock; that needs a package index."""
    python, installed = HOME / "bin" / "python", HOME / "lock.txt"
    if not installed.exists() or installed.read_text() != LOCK.read_text():
        shutil.rmtree(HOME, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(HOME)], check=True)
        install = [
            "-m",
            "uv",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--python",
            str(python),
            "-r",
            str(LOCK),
        ]
        done = subprocess.run([sys.executable, *install], check=False)
        if done.returncode != 0:
            raise RuntimeError("the peer could not be installed; look at the index, or leave it out with --no-peer")
        shutil.copy(LOCK, installed)
    return str(python)
