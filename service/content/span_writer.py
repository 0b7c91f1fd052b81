"""Spans, hours, weekdays and dates, written as `span_table` reads them."""

from __future__ import annotations

from collections.abc import Collection

from service.content.span_table import FIELD
from service.content.yaml_line import Value
from service.domain.campaign import Anchor
from service.domain.timing import WEEKDAYS, Delay

_MOST_MINUTES = 9_999


def span(delay: Delay) -> str:
    """2d, 3h, 30m, 1d 12h; 0d for none."""
    hours, minutes = divmod(delay.minutes, 60)
    if minutes and delay.minutes <= _MOST_MINUTES:
        hours, minutes = 0, delay.minutes
    parts = [f"{count}{unit}" for count, unit in ((delay.days, "d"), (hours, "h"), (minutes, "m")) if count]
    return " ".join(parts) or "0d"


def hour(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def weekdays(days: Collection[int]) -> list[Value]:
    return [WEEKDAYS[day] for day in sorted(days)]


def dated(anchor: Anchor) -> dict[str, Value]:
    """{before: {birthday: 7d, at: "09:00"}}"""
    table: dict[str, Value] = {anchor.what.removeprefix(FIELD): span(anchor.delay)}
    if anchor.minute is not None:
        table["at"] = hour(anchor.minute)
    return {"before" if anchor.before else "after": table}
