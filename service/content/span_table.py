"""Spans, hours, weekdays and dates, as every table of a campaign file spells them."""

from __future__ import annotations

import re

from service.content.faults import nearest
from service.content.yaml_table import Table
from service.domain.campaign import Anchor
from service.domain.conditions import BUILT_IN
from service.domain.timing import QUARTER, WEEKDAYS, Delay

APPOINTMENT, FIELD = "appointment", "field:"
LAST_MINUTE = 24 * 60 - 1
_COUNT = "(0|[1-9][0-9]{0,3})"
_SPAN = re.compile(f"(?:{_COUNT}d)?(?:(?<=d) )?(?:{_COUNT}h)?(?:(?<=[dh]) )?(?:{_COUNT}m)?")
_DAYS = re.compile(f"{_COUNT}d")
_TIME = re.compile("([0-9]{2}):([0-9]{2})")
_FIELD = re.compile("[A-Za-z][A-Za-z0-9_-]{0,59}")
_MOST = {"d": 366, "h": 8_784, "m": 9_999}


def delay_of(table: Table, key: str, *, zero: bool = False, needed: str = "") -> Delay:
    """2d, 3h, 30m or 1d 12h; no delay when the key is left out or wrong (which is noted). `zero`: 0d may be written."""
    text = table.plain(key, needed)
    if text is None:
        return Delay()
    found = _SPAN.fullmatch(text)
    days, hours, minutes = (int(count or 0) for count in found.groups()) if found else (0, 0, 0)
    fits = days <= _MOST["d"] and hours <= _MOST["h"] and minutes <= _MOST["m"]
    if not found or not fits or not (zero or days or hours or minutes):
        most = ", ".join(f"{number}{unit}" for unit, number in _MOST.items())
        table.wrong(key, f"{key!r} of {table.where} is {text!r}", f"write it as 2d, 3h or 30m, at most {most}")
        return Delay()
    return Delay(days, hours * 60 + minutes)


def days_of(table: Table, key: str, most: int, least: int = 1) -> int | None:
    """Whole days: 14d."""
    text = table.plain(key)
    if text is None:
        return None
    found = _DAYS.fullmatch(text)
    if found is None or not least <= int(found[1]) <= most:
        mend = f"write whole days, such as 14d, from {least}d to {most}d"
        table.wrong(key, f"{key!r} of {table.where} is {text!r}", mend)
        return None
    return int(found[1])


def time_of(table: Table, key: str, needed: str = "", *, last: int = LAST_MINUTE, quarters: bool = False) -> int | None:
    """Minutes after midnight, at most `last`."""
    text = table.plain(key, needed)
    if text is None:
        return None
    found = _TIME.fullmatch(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if not found or int(found[2]) > 59 or minutes > last:
        table.wrong(key, f"{key!r} is {text!r}", 'write a time, such as "09:00"')
        return None
    if quarters and minutes % (QUARTER // 60):
        table.wrong(key, f"{key!r} is {text!r}", "use a quarter of an hour: :00, :15, :30 or :45")
        return None
    return minutes


def weekdays_of(table: Table, key: str, needed: str = "") -> frozenset[int]:
    """Weekdays, 0 = Monday; none when the key is left out or wrong."""
    days = table.texts(key, needed)
    for day in days:
        if day not in WEEKDAYS:
            table.wrong(key, f"no day is called {day!r}", f"use {', '.join(WEEKDAYS)}")
    if len(set(days)) < len(days):
        table.wrong(key, "a day is listed twice", "list it once")
    return frozenset(WEEKDAYS.index(day) for day in days if day in WEEKDAYS)


def anchor_of(table: Table, *, before: bool, keyed: bool) -> Anchor | None:
    """{appointment: 2d} or {birthday: 7d, at: "09:00"}: the one key beside at: names the date. None when it is noted as
    wrong."""
    names = [name for name in table.written() if name != "at"]
    if len(names) != 1:
        what = f"{table.where} names {len(names)} dates"
        table.notes.add(table.line, what, "name one, such as {appointment: 2d} or {birthday: 7d}")
        return None
    name = names[0]
    minute = time_of(table, "at")
    if name == APPOINTMENT:
        if not keyed:
            what = f"{table.where} counts from an appointment, but nobody here has one"
            table.wrong(name, what, "enter on: booked, or use delay: instead")
        return Anchor(APPOINTMENT, delay_of(table, name, zero=True), before, minute=minute)
    if not is_field(name) or name in BUILT_IN or nearest(name, [APPOINTMENT]).startswith("did you mean"):
        table.wrong(name, f"{name!r} in {table.where} is no date", date_mend(name))
        return None
    return Anchor(FIELD + name, delay_of(table, name, zero=True), before, minute=minute)


def date_mend(name: str) -> str:
    close = nearest(name, [APPOINTMENT])
    return close if close.startswith("did you mean") else "name a field of yours that holds a date, such as birthday"


def field_of(table: Table, key: str, needed: str) -> str | None:
    """The name of a field of the clinic's making, or of the lead's own."""
    name = table.text(key, needed)
    if name is not None and not is_field(name):
        mend = "begin with a letter, then letters, digits, _ and -, at most 60"
        table.wrong(key, f"{key!r} in {table.where} is {name!r}, which no field is called", mend)
        return None
    return name


def own_field_of(table: Table, key: str, needed: str) -> str | None:
    """The name of a field of the clinic's making."""
    name = field_of(table, key, needed)
    if name in BUILT_IN:
        table.wrong(key, f"{name!r} is the lead's own and no field of yours", "name a field of your making")
        return None
    return name


def is_field(name: str) -> bool:
    return _FIELD.fullmatch(name) is not None
