"""The mails of the days to come, by day and campaign: everybody who is in a series, walked ahead by the engine with
what is known today. No click, no booking and no sign-up in between: those come on top, or fall away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import inf
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Connection

from service.domain import words
from service.domain.decision import Send, Wait
from service.domain.timing import DAY, HOUR, day_start, local_day
from service.storage import enrollments
from service.storage.clinics import ClinicRow
from service.storage.database import Database
from service.storage.enrollments import DueRow
from service.usecases.closures import load_closed
from service.usecases.kit import Kit
from service.usecases.paths import Ready, load_paths

MOST_DAYS = 60
BATCH = 1_000
GOES_ON = "goes-on"
# A page shows the forecast of some minutes ago where a new one takes a second or more: the larger, the longer.
RUNS_A_SECOND, FRESH, OLDEST = 20, 60, 300


@dataclass(slots=True)
class Day:
    """`starts` is the clinic's midnight; `campaigns` holds how many mails leave by campaign key; `collisions`: how many
    would have left on this day but for a cap."""

    starts: int
    date: str
    closed: str | None = None
    campaigns: Counter[str] = field(default_factory=Counter)
    collisions: int = 0

    @property
    def total(self) -> int:
        return self.campaigns.total()


@dataclass(slots=True)
class Forecast:
    """`people`: who is in a series that goes on; `ends`: how many of their runs end by then, and how. `names`: the
    campaigns' by their keys."""

    since: int
    days: list[Day]
    people: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(day.total for day in self.days)

    @property
    def collisions(self) -> int:
        return sum(day.collisions for day in self.days)

    @property
    def busiest(self) -> Day | None:
        """The day with the most mails, the first of several; None where there is none."""
        most = max(self.days, key=lambda day: day.total, default=None)
        return most if most is not None and most.total else None


def forecast(kit: Kit, conn: Connection, clinic: ClinicRow, now: int, days: int, slots: int | None = None) -> Forecast:
    """Today and the days after it, `days` in all, by the clinic's calendar. A dozen statements for each thousand runs.
    `slots`: how many the clinic can offer, where that is known already.
    Raises ValueError for more than MOST_DAYS days, or fewer than one."""
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"a forecast is for 1 to {MOST_DAYS} days")
    today = local_day(now, clinic.zone)
    closed = load_closed(conn, [clinic], now)[clinic.id]
    found = Forecast(now, [_day(today + number, clinic.zone, closed.words) for number in range(days)])
    until = day_start(today + days, clinic.zone) - 1
    names: dict[str, str] = {}
    known = None if slots is None else {clinic.id: slots}
    for batch in _batches(enrollments.going_in(conn, clinic.id)):
        ready, _loaded = load_paths(kit, conn, batch, now, houses={clinic.id: clinic}, slots=known)
        found.people += len(ready)
        for each in ready:
            names |= {walker.definition.key: walker.definition.name for walker in each.path.walkers}
            _walk(each, found, now, until, today, clinic.zone)
    found.names = names
    found.ends.update({guard or "held": number for guard, number in enrollments.resting_in(conn, clinic.id).items()})
    return found


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: tuple[int, int]
    found: Forecast


_kept: WeakKeyDictionary[Database, dict[tuple[ClinicRow, int], _Kept]] = WeakKeyDictionary()


def forecast_lately(
    kit: Kit, conn: Connection, clinic: ClinicRow, now: int, days: int, slots: int | None = None
) -> Forecast:
    """As `forecast`, for a page: one of the last minute does where nobody has moved since, and an older one where a new
    one is dear. Always of the same day."""
    kept = _kept.setdefault(kit.db, {})
    last = kept.get((clinic, days))
    if last is not None and _age(last, clinic.zone, now) < _dear(last):
        return last.found  # whether anybody has moved since is dear to ask as well
    stamp = enrollments.stamp(conn, clinic.id)
    if last is None or stamp != last.stamp or _age(last, clinic.zone, now) >= FRESH:
        kept[clinic, days] = last = _Kept(stamp, forecast(kit, conn, clinic, now, days, slots))
    return last.found


def forget_lately(db: Database) -> None:
    """The next page works everybody out anew."""
    _kept.pop(db, None)


def _age(last: _Kept, zone: str, now: int) -> float:
    """Seconds; without end for one of another day."""
    made = last.found.since
    same = made <= now and local_day(made, zone) == local_day(now, zone)
    return now - made if same else inf


def _dear(last: _Kept) -> int:
    """For how many seconds it serves even where somebody has moved."""
    return min(OLDEST, last.found.people // RUNS_A_SECOND)


def finding(found: Forecast, zone: str) -> str:
    """412 mails in the next 30 days; most on Tue 24 Nov"""
    span = "today" if len(found.days) == 1 else f"in the next {len(found.days)} days"
    most = found.busiest
    if most is None:
        return f"No mail is ahead {span}"
    told = f"{words.count(found.total, 'mail')} {span}"
    return told if len(found.days) == 1 else f"{told}; most on {words.day(most.starts + 12 * HOUR, zone)}"


def as_json(found: Forecast) -> dict[str, object]:
    """{from, days: [{date, closed, total, campaigns, collisions}], people, ends}"""
    return {
        "from": found.days[0].date,
        "days": [
            {
                "date": day.date,
                "closed": day.closed,
                "total": day.total,
                "campaigns": dict(sorted(day.campaigns.items())),
                "collisions": day.collisions,
            }
            for day in found.days
        ],
        "people": found.people,
        "ends": dict(sorted(found.ends.items())),
    }


def _day(ordinal: int, zone: str, closed: Mapping[int, str]) -> Day:
    starts = day_start(ordinal, zone)
    return Day(starts, words.date_key(starts + 12 * HOUR, zone), closed.get(ordinal))


def _walk(each: Ready, found: Forecast, now: int, until: int, today: int, zone: str) -> None:
    for decided in each.path.walk(now, until):
        match decided.decision:
            case Send() if not decided.lost:
                _day_of(found, decided.at, today, zone).campaigns[decided.walker.definition.key] += 1
            case Wait(_until, "capped"):
                _day_of(found, decided.at, today, zone).collisions += 1
    found.ends.update(walker.ended or GOES_ON for walker in each.path.walkers)


def _day_of(found: Forecast, at: int, today: int, zone: str) -> Day:
    # Most days begin a whole number of days after the first one: only those around a clock change need the calendar.
    number = (at - found.days[0].starts) // DAY
    day = found.days[min(number, len(found.days) - 1)]
    if day.starts <= at < day.starts + DAY - HOUR:
        return day
    return found.days[local_day(at, zone) - today]


def _batches(rows: Sequence[DueRow]) -> Iterator[list[DueRow]]:
    """Whole leads, some BATCH rows at a time."""
    batch: list[DueRow] = []
    for _lead, own in groupby(rows, key=lambda row: row.lead_id):
        batch += own
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
