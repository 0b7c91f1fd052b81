"""A contender is a process of its own: it makes ready, waits for the word, works, and tells what that took.

Its clock is the machine's monotonic one, which all share; its memory is its own, from the first byte to the peak."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass(slots=True)
class Worked:
    """What one round of a contender took: `mails` handed over between `began` and `ended`, CPU seconds of its own."""

    mails: int
    began: float
    ended: float
    cpu: float
    rss_mb: float
    more: dict[str, Any]


def stand_ready(work: Callable[[], dict[str, Any]]) -> None:
    """In the contender: says that it is ready, waits for the word, works, prints what `work` tells and what it took."""
    print(json.dumps({"ready": True}), flush=True)
    if sys.stdin.readline().strip() != "go":
        return
    began, busy = time.monotonic(), time.process_time()
    told = work()
    ended, cpu = time.monotonic(), time.process_time() - busy
    print(json.dumps({**told, "began": began, "ended": ended, "cpu": cpu, "rss_mb": peak_mb()}), flush=True)


def peak_mb() -> float:
    """The most memory that this process has held, in MB: its own, not what it inherited from whoever started it."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return round(int(found[1]) / 1024, 1) if found else 0.0


def run(commands: Sequence[Sequence[str]]) -> list[Worked]:
    """Starts the contenders one after the other, gives the word to all at once, and waits for each."""
    hands: list[subprocess.Popen[str]] = []
    try:
        for command in commands:
            hand = subprocess.Popen(list(command), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            hands.append(hand)
            _line(hand, command)
        for hand in hands:
            _say(hand, "go")
        return [_worked(_line(hand, command)) for hand, command in zip(hands, commands, strict=True)]
    finally:
        for hand in hands:
            if hand.stdin is not None:
                hand.stdin.close()
            hand.terminate()
            hand.wait()
            if hand.stdout is not None:
                hand.stdout.close()


def python(module: str, **asked: Any) -> list[str]:
    """The command of a contender that is a module of ours."""
    return [sys.executable, "-m", module, json.dumps(asked)]


def _line(hand: subprocess.Popen[str], command: Sequence[str]) -> dict[str, Any]:
    line = hand.stdout.readline() if hand.stdout is not None else ""
    if not line:
        raise RuntimeError(f"{' '.join(command)} stopped with {hand.wait()}")
    found: dict[str, Any] = json.loads(line)
    return found


def _say(hand: subprocess.Popen[str], word: str) -> None:
    if hand.stdin is not None:
        hand.stdin.write(word + "\n")
        hand.stdin.flush()


def _worked(told: dict[str, Any]) -> Worked:
    own = {name: told.pop(name) for name in ("mails", "began", "ended", "cpu", "rss_mb")}
    return Worked(**own, more=told)
