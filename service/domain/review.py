"""How long a review of health claims lasts. It counts from the clinic's own: its publishing, or its reading again."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.timing import DAY

LASTS = 365 * DAY
WARNS = 30 * DAY


@dataclass(frozen=True, slots=True)
class Review:
    ends: int
    over: bool
    soon: bool


def review(reviewed_at: int, now: int) -> Review:
    ends = reviewed_at + LASTS
    return Review(ends, ends <= now, ends <= now + WARNS)
