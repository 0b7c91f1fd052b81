"""What a score is made of, told shortly: like deeds together, those that weigh most today first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from service.domain.timing import local_day
from service.domain.words import count, date

MOST = 6


class Gift(Protocol):
    """`now`: what the points are worth today."""

    @property
    def at(self) -> int: ...
    @property
    def words(self) -> str: ...
    @property
    def now(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Told:
    """`when`: 3 times, last 3 days ago. `points`: +8.6"""

    words: str
    when: str
    points: str


def score_lines(gifts: Iterable[Gift], now: int, zone: str) -> list[Told]:
    """At most MOST lines, and one for the rest; what has faded to nothing is left out."""
    alike: dict[str, list[Gift]] = {}
    for gift in gifts:
        if gift.now:
            alike.setdefault(gift.words, []).append(gift)
    weighed = sorted(alike.items(), key=lambda each: (-abs(_sum(each[1])), each[0]))
    told = [Told(words, _when(same, now, zone), f"{_sum(same):+.1f}") for words, same in weighed[:MOST]]
    rest = [gift for _words, same in weighed[MOST:] for gift in same]
    return [*told, Told(count(len(rest), "smaller one"), "", f"{_sum(rest):+.1f}")] if rest else told


def ago(at: int, now: int, zone: str) -> str:
    """today; yesterday; 3 days ago; on 2 Sep 2026"""
    days = local_day(now, zone) - local_day(at, zone)
    if days <= 1:
        return "yesterday" if days == 1 else "today"
    return f"{days} days ago" if days <= 60 else f"on {date(at, zone)}"


def _when(same: list[Gift], now: int, zone: str) -> str:
    last = ago(max(gift.at for gift in same), now, zone)
    return last if len(same) == 1 else f"{len(same)} times, last {last}"


def _sum(gifts: list[Gift]) -> float:
    return sum(gift.now for gift in gifts)
