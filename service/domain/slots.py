"""Open slots: what a clinic's hours leave free. Instants are UTC epoch seconds, hours the clinic's wall clock."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter

from service.domain.appointment import quarters
from service.domain.timing import MINUTE, day_start, local, local_day, to_utc

GRID = 15  # minutes: slots begin on quarter hours, as visits are kept


@dataclass(frozen=True, slots=True)
class Hours:
    """When a practitioner works on a weekday (0 = Monday): minutes after local midnight, opens < closes ≤ 1440."""

    practitioner_id: int
    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Absence:
    """Nobody works from `starts_at` up to `ends_at`; `practitioner_id` None: the whole clinic."""

    starts_at: int
    ends_at: int
    practitioner_id: int | None = None


@dataclass(frozen=True, slots=True)
class SlotRules:
    """`minutes` and `buffer_minutes` are the visit type's; a slot starts at least `min_notice` seconds and at most
    `horizon_days` local days from now."""

    zone: str
    minutes: int
    buffer_minutes: int = 0
    min_notice: int = 7_200
    horizon_days: int = 28

    @property
    def step(self) -> int:
        """Minutes from one start to the next: the visit and its buffer, up to the next quarter hour."""
        return -(-(self.minutes + self.buffer_minutes) // GRID) * GRID


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    starts_at: int
    ends_at: int
    practitioner_id: int


Taken = Mapping[int, Collection[int]]  # practitioner → quarters of an hour that are taken


def open_slots(
    rules: SlotRules,
    hours: Collection[Hours],
    absences: Iterable[Absence],
    taken: Taken,
    now: int,
    *,
    from_day: int | None = None,
    to_day: int | None = None,
) -> Iterator[Slot]:
    """Free slots in the order of their start, then practitioner, day by day; stop early and the rest is never computed.

    `from_day` and `to_day` (ordinals, both included) narrow the horizon; they never widen it."""
    today = local_day(now, rules.zone)
    first = today if from_day is None else max(today, from_day)
    last = today + rules.horizon_days if to_day is None else min(today + rules.horizon_days, to_day)
    away = _Away(absences)
    earliest = now + rules.min_notice
    for day in range(first, last + 1):
        weekday = (day - 1) % 7  # ordinal 1 is a Monday
        todays = [each for each in hours if each.weekday == weekday]
        yield from sorted(
            slot
            for slot in _starts_of_day(rules, todays, day)
            if slot.starts_at >= earliest and not away.meets(slot) and _free(rules, slot, taken)
        )


def spread(slots: Iterable[Slot], count: int, zone: str) -> list[Slot]:
    """At most `count` slots to offer: on different days where possible, early and late in turn, by their start."""
    by_day: dict[int, list[Slot]] = {}
    for slot in slots:
        by_day.setdefault(local_day(slot.starts_at, zone), []).append(slot)
        if len(by_day) > count:
            break
    chosen: list[Slot] = []
    for turn, day in enumerate(list(by_day)[:count]):
        chosen.append(by_day[day][0 if turn % 2 == 0 else -1])
    for slot in (each for listed in by_day.values() for each in listed):
        if len(chosen) == count:
            break
        if all(slot.starts_at != each.starts_at for each in chosen):
            chosen.append(slot)
    return sorted(chosen)


def nearest(slots: Iterable[Slot], wanted: int, count: int) -> list[Slot]:
    """The `count` slots whose starts are nearest to `wanted`, one a start, in order of their start."""
    one_each: dict[int, Slot] = {}
    for slot in slots:
        one_each.setdefault(slot.starts_at, slot)
    return sorted(sorted(one_each.values(), key=lambda slot: (abs(slot.starts_at - wanted), slot))[:count])


class _Away:
    """Absences, merged and sorted for each practitioner, so that asking costs a bisection."""

    def __init__(self, absences: Iterable[Absence]) -> None:
        self._listed: dict[int | None, list[tuple[int, int]]] = {}
        for absence in sorted(absences, key=lambda each: each.starts_at):
            merged = self._listed.setdefault(absence.practitioner_id, [])
            if merged and absence.starts_at <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], absence.ends_at))
            else:
                merged.append((absence.starts_at, absence.ends_at))

    def meets(self, slot: Slot) -> bool:
        return any(self._overlap(self._listed.get(who), slot) for who in (None, slot.practitioner_id))

    @staticmethod
    def _overlap(listed: list[tuple[int, int]] | None, slot: Slot) -> bool:
        if not listed:
            return False
        before = bisect_left(listed, slot.ends_at, key=itemgetter(0)) - 1
        return before >= 0 and listed[before][1] > slot.starts_at


def _starts_of_day(rules: SlotRules, hours: Iterable[Hours], day: int) -> Iterator[Slot]:
    """Every start that the hours allow. A wall time that the clock skips is none; one that comes twice counts once."""
    busy_until: dict[int, int] = {}
    midnight = datetime.combine(date.fromordinal(day), datetime.min.time())
    for shift in sorted(hours, key=lambda each: (each.practitioner_id, each.opens)):
        closes = day_start(day + 1, rules.zone) if shift.closes >= 1_440 else _wall(midnight, shift.closes, rules.zone)
        first = -(-shift.opens // GRID) * GRID
        for minute in range(first, shift.closes, rules.step):
            starts_at = _wall(midnight, minute, rules.zone)
            ends_at = starts_at + rules.minutes * MINUTE
            skipped = local(starts_at, rules.zone).replace(tzinfo=None, fold=0) != midnight + timedelta(minutes=minute)
            if skipped or ends_at > closes or starts_at < busy_until.get(shift.practitioner_id, starts_at):
                continue
            busy_until[shift.practitioner_id] = ends_at + rules.buffer_minutes * MINUTE
            yield Slot(starts_at, ends_at, shift.practitioner_id)


def _wall(midnight: datetime, minute: int, zone: str) -> int:
    return to_utc(midnight + timedelta(minutes=minute), zone)


def _free(rules: SlotRules, slot: Slot, taken: Taken) -> bool:
    held = taken.get(slot.practitioner_id)
    return not held or not any(
        quarter in held for quarter in quarters(slot.starts_at, slot.ends_at, rules.buffer_minutes)
    )
