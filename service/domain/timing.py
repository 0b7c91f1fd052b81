"""Wall-clock arithmetic. Instants are UTC epoch seconds (int); zones are IANA names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY, WEEK = 60, 3_600, 86_400, 604_800
QUARTER = 900
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Window:
    """Hours in which a mail may leave: `days` are weekdays (0 = Monday), `opens` and `closes` minutes after local
    midnight, on quarter hours, opens < closes. `zone` says whose wall clock counts. `holidays`: it opens on the
    clinic's closed days too. `jitter`: minutes over which the mails are spread that had waited for it to open."""

    days: frozenset[int] = frozenset(range(6))
    opens: int = 9 * 60
    closes: int = 18 * 60
    zone: Literal["lead", "clinic"] = "lead"
    holidays: bool = False
    jitter: int = 0

    def holds(self, local: datetime) -> bool:
        return local.weekday() in self.days and self.opens <= local.hour * 60 + local.minute < self.closes


@dataclass(frozen=True, slots=True)
class Delay:
    """`days` keep the wall time across a clock change; `minutes` are elapsed time."""

    days: int = 0
    minutes: int = 0

    @property
    def none(self) -> bool:
        return not self.days and not self.minutes


@dataclass(frozen=True, slots=True)
class Hour:
    """A time of day (minutes after local midnight) on some weekdays."""

    minute: int
    days: frozenset[int] = frozenset(range(7))


NONE_CLOSED: frozenset[int] = frozenset()
_FURTHEST_DAYS = 400
_ON_QUARTERS = 94_694_400  # since 1973 every offset and every change of it is whole quarters: one answer serves each


@lru_cache(maxsize=700)
def zone_of(name: str) -> ZoneInfo:
    """The IANA zone. Raises ZoneInfoNotFoundError or ValueError for a name that is none."""
    return ZoneInfo(name)


def is_zone(name: str) -> bool:
    try:
        zone_of(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def local(instant: int, zone: str) -> datetime:
    """The wall clock in `zone` at `instant`, aware."""
    return datetime.fromtimestamp(instant, zone_of(zone))


def local_day(instant: int, zone: str) -> int:
    """The local date as a proleptic ordinal."""
    if instant < _ON_QUARTERS:
        return local(instant, zone).toordinal()
    return _day_of_quarter(instant // QUARTER, zone)


@lru_cache(maxsize=100_000)
def _day_of_quarter(bucket: int, zone: str) -> int:
    return local(bucket * QUARTER, zone).toordinal()


def to_utc(wall: datetime, zone: str, fold: int = 0) -> int:
    """A naive wall time as an instant. In a gap it moves forward by the gap's length; in an overlap `fold` chooses."""
    early = int(wall.replace(tzinfo=zone_of(zone), fold=0).timestamp())
    if not fold:
        return early
    # The second reading lies before the first one only in a gap, where it would move the wall time back.
    return max(early, int(wall.replace(tzinfo=zone_of(zone), fold=1).timestamp()))


def day_start(ordinal: int, zone: str) -> int:
    return hour_of_day(ordinal, 0, zone)


def hour_of_day(ordinal: int, minute: int, zone: str) -> int:
    """When the wall clock first shows so many minutes after midnight on a local day; a time that is skipped moves
    forward by the gap's length."""
    midnight = datetime.combine(date.fromordinal(ordinal), datetime.min.time())
    return to_utc(midnight + timedelta(minutes=minute), zone)


def later(instant: int, delay: Delay, zone: str, sign: int = 1) -> int:
    """`instant` plus or minus (sign) the delay: calendar days at the same wall time, then elapsed minutes."""
    if delay.days:
        rest = instant % QUARTER if instant >= _ON_QUARTERS else 0
        instant = _days_later(instant - rest, sign * delay.days, zone) + rest
    return instant + sign * delay.minutes * MINUTE


@lru_cache(maxsize=100_000)
def _days_later(instant: int, days: int, zone: str) -> int:
    here = local(instant, zone)
    return to_utc(here.replace(tzinfo=None, fold=0) + timedelta(days=days), zone, here.fold)


def opening(instant: int, window: Window, zone: str, closed: frozenset[int] = NONE_CLOSED) -> int:
    """The first instant at or after `instant` that lies inside the window, exact through clock changes. `closed`: local
    days (ordinals) on which it does not open."""
    bucket, rest = divmod(instant, QUARTER)
    whole, base = _opening_of_quarter(bucket, window, zone, closed)
    return base + rest if whole else base


def next_hour(instant: int, hour: Hour, zone: str) -> int:
    """The first instant at or after `instant` at which the wall clock shows this hour on one of its days."""
    today = local_day(instant, zone)
    for day in range(today, today + 9):
        if (day - 1) % 7 in hour.days:
            at = hour_of_day(day, hour.minute, zone)
            if at >= instant:
                return at
    raise ValueError(f"an hour that never comes: {hour}")


@lru_cache(maxsize=1_000)
def quieted(window: Window, quiet: tuple[int, int]) -> Window:
    """The window without the quiet hours (from, to: minutes after midnight, over midnight where from > to). Where the
    quiet hours swallow it whole it stays as it is: a rule that would hold every mail for ever is none."""
    starts, ends = quiet
    opens, closes = window.opens, window.closes
    if starts > ends:
        opens, closes = max(opens, ends), min(closes, starts)
    elif starts <= opens:
        opens = max(opens, ends)
    else:
        closes = min(closes, starts)
    return replace(window, opens=opens, closes=closes) if opens < closes else window


@lru_cache(maxsize=100_000)
def _opening_of_quarter(bucket: int, window: Window, zone: str, closed: frozenset[int]) -> tuple[bool, int]:
    """Offsets and windows change on quarters only: the whole quarter is inside, or all of it moves to one opening."""
    start = bucket * QUARTER
    here = local(start, zone)
    if window.holds(here) and here.toordinal() not in closed:
        return True, start
    return False, _next_opening(start, window, zone, closed)


def _next_opening(instant: int, window: Window, zone: str, closed: frozenset[int]) -> int:
    today = local_day(instant, zone)
    for day in range(today, today + _FURTHEST_DAYS):
        found = None if day in closed else _opening_of_day(day, instant, window, zone)
        if found is not None:
            return found
    raise ValueError(f"a window that never opens: {window}")


def _opening_of_day(day: int, earliest: int, window: Window, zone: str) -> int | None:
    if (day - 1) % 7 not in window.days:  # ordinal 1 is a Monday
        return None
    starts, ends = day_start(day, zone), day_start(day + 1, zone)
    if ends - starts == DAY:
        candidate = max(starts + window.opens * MINUTE, earliest)
        return candidate if candidate < starts + window.closes * MINUTE else None
    # The clock changes on this day: the window may open in the gap, or twice.
    quarters = range(max(starts, earliest), ends, QUARTER)
    return next((quarter for quarter in quarters if window.holds(local(quarter, zone))), None)


def iso(instant: int) -> str:
    """UTC, ISO 8601, seconds, with Z."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_iso(text: str, zone: str = "UTC") -> int:
    """An ISO 8601 instant; a bare date or a time without an offset is read in `zone`. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        return to_utc(moment, zone)
    return int(moment.timestamp())
