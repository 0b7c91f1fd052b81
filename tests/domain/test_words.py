"""Whatever the engine or a use case decides has its words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from service.domain import words
from service.domain.decision import Guard
from service.domain.entry import Entered
from service.usecases.enroll import Refused

SERVICE = Path(__file__).resolve().parents[2] / "service"
LEAVES = re.compile(
    r'(?<!def )\b(?:leave_all|leave_keyed|end_runs)\([^()="]*(?:\[[^]"]*\][^()="]*)?"([a-z -]+)"'
    r'|\bExit\("[a-z-]+", (?:[a-z_.]+ or )?"([a-z -]+)"\)'
    r'|^REASON = "([a-z-]+)"',
    re.MULTILINE,
)


def exit_reasons() -> set[str]:
    """Every reason for leaving that the code names."""
    texts = [path.read_text("utf-8") for path in SERVICE.rglob("*.py")]
    return {next(filter(None, found.groups())) for text in texts for found in LEAVES.finditer(text)}


def test_every_guard_has_its_words() -> None:
    assert set(get_args(Guard)) - words.GUARDS.keys() == set()


def test_every_reason_for_leaving_or_not_entering_has_its_words() -> None:
    found = exit_reasons()
    assert {"unsubscribed", "led-out", "no-match", "moved", "asked-again", "superseded", "goal-met", "minor"} <= found
    assert (found | set(get_args(Refused))) - words.REASONS.keys() == set()


def test_every_way_in_has_its_words() -> None:
    assert set(get_args(Entered)) - words.ENTRIES.keys() == set()
