"""Working hours of a day as a person writes them: "9-12, 13:30-17"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from service.domain.timing import WEEKDAYS

_SPAN = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2})(?::(\d{2}))?")
DAY_END = 24 * 60


def parse_hours(text: str) -> list[tuple[int, int]]:
    """Spans in minutes after midnight, in order, none touching another; empty for a day off. Raises ValueError."""
    spans = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        found = _SPAN.fullmatch(part)
        if found is None:
            raise ValueError(f"“{part}” is no span of hours: write 9-12, 13:30-17, or nothing for a day off.")
        opens, closes = _minutes(found[1], found[2]), _minutes(found[3], found[4])
        if not 0 <= opens < closes <= DAY_END:
            raise ValueError(f"“{part}” must end after it begins, on the same day.")
        spans.append((opens, closes))
    spans.sort()
    if any(one[1] > other[0] for one, other in pairwise(spans)):
        raise ValueError("Two spans overlap.")
    return spans


def hours_text(spans: Iterable[tuple[int, int]]) -> str:
    """9:00-12:00, 13:30-17:00"""
    return ", ".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in sorted(spans))


def week_text(days: Mapping[int, Iterable[tuple[int, int]]]) -> str:
    """Mon–Thu 9:00-17:00; Fri 9:00-12:00. `days`: weekday (0 is Monday) → spans; empty when none is given."""
    texts = [(day, hours_text(days[day])) for day in sorted(days) if days[day]]
    parts: list[tuple[int, int, str]] = []
    for day, text in texts:
        if parts and parts[-1][1] == day - 1 and parts[-1][2] == text:
            parts[-1] = (parts[-1][0], day, text)
        else:
            parts.append((day, day, text))
    return "; ".join(f"{_days(first, last)} {text}" for first, last, text in parts)


def _days(first: int, last: int) -> str:
    names = [WEEKDAYS[day].capitalize() for day in (first, last)]
    return names[0] if first == last else "–".join(names)


def _minutes(hour: str, minute: str | None) -> int:
    if int(minute or 0) > 59:
        raise ValueError(f"There is no minute {minute}.")
    return int(hour) * 60 + int(minute or 0)


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"
