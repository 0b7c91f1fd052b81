"""The booking page's calendar: two weeks of days, and the times of each, in the clinic's time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from service.domain.base36 import base36, from_base36
from service.domain.clock_words import day_words, month_words, short_day_words, time_words, weekday_words, zone_words
from service.domain.slots import Slot, nearest
from service.domain.timing import day_start, local, local_day
from service.domain.wording import place_of
from service.storage.practitioners import PractitionerRow
from service.usecases.open_slots import Diary, closed_words
from service.web.public.language import language, say

SHOWN_DAYS = 14
NEAREST = 3
NOON, EVENING = 12, 17
LATEST = 32_503_680_000  # the year 3000: what comes after is no date for a wall clock


@dataclass(frozen=True, slots=True)
class Time:
    """One start with whoever is offered first. `theirs`: the reader's own time where it differs."""

    key: str
    time: str
    until: str
    who: str
    words: str
    chosen: bool
    theirs: str | None


@dataclass(frozen=True, slots=True)
class Day:
    """`column` is the weekday's place in a week's row; `shut` says why nobody can come ("closed", "full")."""

    number: int
    iso: str
    head: str
    day: int
    words: str
    column: int
    new_week: bool
    shut: str | None
    why: str | None
    chosen: bool
    parts: list[tuple[str, list[Time]]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(len(times) for _, times in self.parts)


@dataclass(frozen=True, slots=True)
class Calendar:
    """`earlier` and `later`: the first day of the two weeks before and after, where there are any."""

    days: list[Day]
    columns: int
    months: str
    zone_words: str
    minutes: int
    visit: str
    practitioners: list[PractitionerRow]
    earlier: str | None
    later: str | None

    @property
    def any_open(self) -> bool:
        return any(day.count for day in self.days)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader wants to see: a start (with a practitioner), a day, or the weeks from a day on."""

    start: int | None = None
    practitioner_id: int | None = None
    day: int | None = None
    since: int | None = None


def calendar(found: Diary, now: int, asked: Asked, their_zone: str) -> Calendar:
    """Two weeks that hold what was asked for, else the first open slot."""
    zone = found.clinic.zone
    slots = _offered(found, now, asked)
    today = local_day(now, zone)
    horizon = today + found.clinic.horizon_days
    chosen_day = _chosen_day(found, slots, asked)
    anchor = asked.since or chosen_day or today
    monday = max(_monday(today), min(_monday(anchor), _monday(horizon)))
    weekdays = sorted({each.weekday for each in found.hours})
    days: list[Day] = []
    for ordinal in range(max(monday, today), min(monday + SHOWN_DAYS - 1, horizon) + 1):
        if (ordinal - 1) % 7 in weekdays:
            days.append(_day(found, slots, ordinal, len(days), weekdays, days, chosen_day, asked, their_zone))
    return Calendar(
        days=days,
        columns=len(weekdays),
        months=_months(days),
        zone_words=zone_words(found.clinic.city, zone, language()),
        minutes=found.visit_type.minutes,
        visit=found.visit_type.name,
        practitioners=list(found.practitioners.values()),
        earlier=_iso(max(monday - SHOWN_DAYS, _monday(today))) if monday > _monday(today) else None,
        later=_iso(monday + SHOWN_DAYS) if monday + SHOWN_DAYS <= horizon else None,
    )


def nearest_times(found: Diary, now: int, start: int, their_zone: str) -> list[Time]:
    """What comes nearest to a start that is gone."""
    return [_time(found, slot, None, their_zone) for slot in nearest(found.by_start(found.slots(now)), start, NEAREST)]


def key_of(start: int, practitioner: PractitionerRow) -> str:
    """start-name: what a slot's button says to the server. A practitioner's name is public, ids are not."""
    return f"{base36(start)}-{_slug(practitioner)}"


def read_key(text: str, found: Diary | None) -> tuple[int, int | None] | None:
    """(start, practitioner id or None) of a button's value or a link's end; None for neither."""
    number, _, name = text.partition("-")
    start = from_base36(number)
    if start is None or start > LATEST:
        return None
    people = found.practitioners.values() if found is not None else ()
    return start, next((row.id for row in people if name and _slug(row) == name), None)


def read_day(text: str) -> int | None:
    """The ordinal of 2026-11-24; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day.toordinal() if 2000 <= day.year < 3000 else None


def _offered(found: Diary, now: int, asked: Asked) -> dict[int, list[Slot]]:
    """By local day; one slot a start, with the asked practitioner at the asked start."""
    listed: dict[int, list[Slot]] = {}
    wanted = [
        slot
        for slot in found.slots(now)
        if slot.starts_at == asked.start and slot.practitioner_id == asked.practitioner_id
    ]
    for slot in found.by_start(found.slots(now)):
        shown = next((each for each in wanted if each.starts_at == slot.starts_at), slot)
        listed.setdefault(local_day(slot.starts_at, found.clinic.zone), []).append(shown)
    return listed


def _chosen_day(found: Diary, slots: dict[int, list[Slot]], asked: Asked) -> int | None:
    """The asked start's day, the asked day, or the first open one that is shown; None where none is open."""
    if asked.start is not None and local_day(asked.start, found.clinic.zone) in slots:
        return local_day(asked.start, found.clinic.zone)
    if asked.day is not None and asked.day in slots:
        return asked.day
    return next((day for day in sorted(slots) if day >= (asked.since or 0)), None)


def _day(
    found: Diary,
    slots: dict[int, list[Slot]],
    ordinal: int,
    number: int,
    weekdays: list[int],
    before: list[Day],
    chosen_day: int | None,
    asked: Asked,
    their_zone: str,
) -> Day:
    zone = found.clinic.zone
    noon = day_start(ordinal, zone) + 43_200
    here = local(noon, zone)
    mine = slots.get(ordinal, [])
    why = None if mine else closed_words(found, ordinal)
    column = weekdays.index((ordinal - 1) % 7) + 1
    first = before[0].iso[:7] if before else _iso(ordinal)[:7]
    weekday = weekday_words(here, language())
    head = weekday if _iso(ordinal)[:7] == first else f"{weekday}, {month_words(here, language(), short=True)}"
    return Day(
        number=number,
        iso=_iso(ordinal),
        head=head,
        day=here.day,
        words=day_words(noon, zone, language()),
        column=column,
        new_week=bool(before) and column <= before[-1].column,
        shut=None if mine else (say("closed") if why else say("full")),
        why=why if why != "closed" else None,
        chosen=ordinal == chosen_day,
        parts=_parts(found, mine, asked, their_zone),
    )


def _parts(found: Diary, slots: list[Slot], asked: Asked, their_zone: str) -> list[tuple[str, list[Time]]]:
    parts: dict[str, list[Time]] = {}
    for slot in slots:
        hour = local(slot.starts_at, found.clinic.zone).hour
        part = say("Morning") if hour < NOON else say("Afternoon") if hour < EVENING else say("Evening")
        parts.setdefault(part, []).append(_time(found, slot, asked, their_zone))
    return list(parts.items())


def _time(found: Diary, slot: Slot, asked: Asked | None, their_zone: str) -> Time:
    zone, code = found.clinic.zone, language()
    who = found.practitioners[slot.practitioner_id]
    return Time(
        key=key_of(slot.starts_at, who),
        time=time_words(slot.starts_at, zone, code),
        until=time_words(slot.ends_at, zone, code),
        who=who.first_name,
        words=f"{short_day_words(slot.starts_at, zone, code)}, {time_words(slot.starts_at, zone, code)}",
        chosen=asked is not None and slot.starts_at == asked.start,
        theirs=their_time(slot.starts_at, zone, their_zone),
    )


def their_time(at: int, zone: str, their_zone: str) -> str | None:
    """10:30 am in New York; None where the reader's clock shows the clinic's time."""
    if local(at, zone).replace(tzinfo=None) == local(at, their_zone).replace(tzinfo=None):
        return None
    day = "" if local_day(at, zone) == local_day(at, their_zone) else f"{short_day_words(at, their_zone, language())}, "
    return (
        f"{day}{say('%(time)s in %(place)s', time=time_words(at, their_zone, language()), place=place_of(their_zone))}"
    )


def _months(days: list[Day]) -> str:
    names = list(dict.fromkeys(month_words(date.fromisoformat(day.iso), language()) for day in days))
    words = say("%(first)s and %(second)s", first=names[0], second=names[1]) if len(names) == 2 else "".join(names)
    return words[:1].upper() + words[1:]


def _monday(ordinal: int) -> int:
    return ordinal - (ordinal - 1) % 7


def _iso(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


def _slug(row: PractitionerRow) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in row.name.lower())
