"""Sinks on loopback, each a process of its own: they take mail as fast as they can, keep what they took, and check it
when asked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.hands import ROOT


@dataclass(frozen=True, slots=True)
class Taken:
    """`refs`: how often each mail was taken, by its opaque name; `faults`: what was wrong with the first few;
    `requests`: HTTP requests, or SMTP transactions."""

    refs: Counter[str]
    requests: int
    faults: tuple[str, ...]


class Sink:
    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process = process
        self.port = port

    def take(self) -> Taken:
        """What was taken since the last time."""
        told = self._ask()
        ledger = Path(told["ledger"])
        refs = Counter(ledger.read_text().split())
        ledger.unlink()
        return Taken(refs, told["requests"], tuple(told["faults"]))

    def _ask(self) -> dict[str, str | int | list[str]] | dict:  # type: ignore[type-arg]
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the sink is gone")
        self._process.stdin.write("take\n")
        self._process.stdin.flush()
        found: dict[str, str | int | list[str]] = json.loads(self._process.stdout.readline())
        return found


@contextmanager
def sink(kind: str, *arguments: str) -> Iterator[Sink]:
    """`kind`: http or smtp. It ends with the block."""
    command = [sys.executable, "-m", f"bench.sink_{kind}", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the sink has no way to talk")
        yield Sink(process, int(process.stdout.readline()))
    finally:
        process.terminate()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
