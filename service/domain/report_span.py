"""The days that a report is about, in the clinic's zone, and the days before them that it is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from service.domain.timing import day_start, local_day

PRESETS = ("7", "30", "90", "month", "all")
DEFAULT = "30"
LONGEST = 1_100  # days
_NAMES = {"7": "7 days", "30": "30 days", "90": "90 days", "month": "This month", "all": "All time"}


@dataclass(frozen=True, slots=True)
class ReportSpan:
    """`first` and `last` are local days (ordinals), both included; `key` is the preset it came from, or "own"."""

    first: int
    last: int
    zone: str
    key: str = "own"

    @property
    def begins(self) -> int:
        return day_start(self.first, self.zone)

    @property
    def ends(self) -> int:
        """The instant after its last."""
        return day_start(self.last + 1, self.zone)

    @property
    def days(self) -> int:
        return self.last - self.first + 1

    @property
    def before(self) -> ReportSpan:
        """As many days, just before. Of a month: the same days of the month before, as far as it goes."""
        if self.key != "month":
            return ReportSpan(self.first - self.days, self.first - 1, self.zone)
        end = self.first - 1
        first = date.fromordinal(end).replace(day=1).toordinal()
        return ReportSpan(first, min(end, first + self.days - 1), self.zone)

    @property
    def weeks(self) -> list[int]:
        """The Mondays (ordinals) of the weeks that it touches."""
        monday = self.first - (self.first - 1) % 7
        return list(range(monday, self.last + 1, 7))


def span_of(key: str, first: str, last: str, now: int, zone: str, since: int) -> ReportSpan:
    """What an address asks for; what it does not say well is the last 30 days. `since`: when the clinic began here."""
    today = local_day(now, zone)
    if key == "own":
        own = _own(first, last, today, zone)
        if own is not None:
            return own
    if key == "all":
        return ReportSpan(max(min(local_day(since, zone), today), today - LONGEST + 1), today, zone, "all")
    if key == "month":
        return ReportSpan(date.fromordinal(today).replace(day=1).toordinal(), today, zone, "month")
    days = int(key) if key in ("7", "30", "90") else int(DEFAULT)
    return ReportSpan(today - days + 1, today, zone, str(days))


def preset_words(key: str) -> str:
    return _NAMES[key]


def span_words(span: ReportSpan) -> str:
    """25 Oct to 23 Nov 2026"""
    first, last = date.fromordinal(span.first), date.fromordinal(span.last)
    if first == last:
        return f"{last.day} {last:%b %Y}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {first:%b}{year} to {last.day} {last:%b %Y}"


def week_words(monday: int) -> str:
    """Week of 16 Nov"""
    day = date.fromordinal(monday)
    return f"Week of {day.day} {day:%b}"


def _own(first: str, last: str, today: int, zone: str) -> ReportSpan | None:
    try:
        begins, ends = date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal()
    except ValueError:
        return None
    begins, ends = min(begins, ends), min(max(begins, ends), today)
    if begins > today or begins < date(2000, 1, 1).toordinal():
        return None
    return ReportSpan(max(begins, ends - LONGEST + 1), ends, zone)
