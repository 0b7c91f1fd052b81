"""Every zone on earth through a year of both clock changes: a mail a day, at its hour by the zone's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from service.domain.acts import JumpStep
from service.domain.campaign import Definition, MailStep, WaitStep
from service.domain.decision import Act, Send, Wait
from service.domain.engine import decide, enter
from service.domain.enrollment import Enrollment, Facts
from service.domain.entry import Entry
from service.domain.timing import DAY, QUARTER, Delay, Hour, Window, local, local_day
from tests.support.zones import ALL_ZONES, END, ODD_ZONES, START

ALL_WEEK = frozenset(range(7))
OFFICE = Window(ALL_WEEK, 9 * 60, 18 * 60)
AROUND = 3 * DAY
NIGHT = 2 * 60 + 30


def _series(*steps: MailStep | WaitStep | JumpStep, window: Window = OFFICE) -> Definition:
    return Definition("s", "S", Entry("by-hand"), steps[0].key, {step.key: step for step in steps}, window=window)


# A day after the one before; as many as the cap of one a day lets through; and at half past two in the night.
DAILY = _series(MailStep("m", "m", "", Delay(days=1), then="again"), JumpStep("again", "m", 1_000))
CAPPED = _series(
    MailStep("m", "m", "", then="again"), JumpStep("again", "m", 1_000), window=Window(ALL_WEEK, 540, 1080, jitter=90)
)
NIGHTLY = _series(
    WaitStep("first", Delay(minutes=30), then="until"),
    WaitStep("until", hour=Hour(NIGHT), then="m"),
    MailStep("m", "m", "", at_once=True, then="again"),
    JumpStep("again", "first", 1_000),
)


def _walk(definition: Definition, zone: str, start: int, end: int) -> Iterator[int]:
    """When mails leave, with a tick at every due instant."""
    place, held, mailed = enter(definition, Facts(zone=zone, clinic_zone="UTC"), start), None, -1
    while place.due < end:
        now = place.due
        facts = Facts(zone=zone, clinic_zone="UTC", now=now, lead_id=7, cap_week=7)
        facts.sent_today = int(mailed == local_day(now, zone))
        run = Enrollment(1, 7, place.step, 1, start, place.since, place.due, held)
        match decide(definition, run, facts, now):
            case Wait(int(until), _guard, holds):
                assert until > now
                held = (held or now) if holds else held
                place = type(place)(place.step, place.since, until)
            case Send(_step, _mail, then) if then is not None:
                yield now
                place, held, mailed = then, None, local_day(now, zone)
            case Act("waited" | "jumped", then) if then is not None:
                place, held = then, None
            case other:
                raise AssertionError(f"{zone}: {other}")


@cache
def _changes(zone: str) -> tuple[int, ...]:
    """The first instants of each new offset in the year."""
    found, offsets = [], {}

    def offset(at: int) -> object:
        return offsets.setdefault(at, local(at, zone).utcoffset())

    for week in range(START, END, 7 * DAY):
        before, after = week, week + 7 * DAY
        if offset(before) == offset(after):
            continue
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (middle, after) if offset(middle) == offset(week) else (before, middle)
        found.append(after)
    return tuple(found)


@dataclass(frozen=True)
class Span:
    zone: str
    start: int
    end: int


def _spans(long: bool) -> list[Span]:
    """The whole year for all zones in the long run; else for the odd ones, and three days around each change for the
    rest, or a week where no clock changes."""
    spans = [Span(zone, START, END) for zone in (ALL_ZONES if long else ODD_ZONES)]
    if not long:
        for zone in ALL_ZONES:
            changes = _changes(zone) or (START + AROUND,)
            spans += [Span(zone, at - AROUND, at + AROUND) for at in changes]
    return spans


def _days(span: Span) -> list[int]:
    """The local days that lie in the span whole."""
    return list(range(local_day(span.start, span.zone) + 1, local_day(span.end, span.zone)))


def test_the_zones_change_their_clocks_on_both_sides_of_the_year() -> None:
    changing = [zone for zone in ALL_ZONES if _changes(zone)]
    assert len(ALL_ZONES) > 400
    assert len(changing) > 100
    assert all(len(_changes(zone)) >= 2 for zone in ("America/Chicago", "Europe/London", "Australia/Lord_Howe"))


@pytest.mark.parametrize("definition", [DAILY, CAPPED], ids=["a day apart", "one a day by the cap"])
def test_each_local_day_has_its_one_mail_inside_the_window(definition: Definition, long: bool) -> None:
    for span in _spans(long):
        sent = list(_walk(definition, span.zone, span.start, span.end))
        for at in sent:
            here = local(at, span.zone)
            assert 9 <= here.hour < 18, f"{span.zone}: {here}"
        days = [local_day(at, span.zone) for at in sent]
        assert len(days) == len(set(days)), f"{span.zone}: twice on a day"
        # The first mail of a day apart leaves a day after entering.
        whole = _days(span)[1:]
        assert set(whole) <= set(days), f"{span.zone}: a day without its mail"


def _readings(day: int, zone: str) -> list[int]:
    """The slow oracle: every instant of this local day at which the wall clock shows half past two."""
    noon_before = (day - 719_163) * DAY - DAY // 2 - 14 * 3_600  # 719163: 1970-01-01
    return [
        at
        for at in range(noon_before, noon_before + 3 * DAY, QUARTER)
        if (here := local(at, zone)).toordinal() == day and here.hour * 60 + here.minute == NIGHT
    ]


def test_until_half_past_two_comes_once_a_night_in_skipped_and_repeated_hours(long: bool) -> None:
    skipped, repeated = set(), set()
    for span in _spans(long):
        sent = {}
        for at in _walk(NIGHTLY, span.zone, span.start, span.end):
            assert sent.setdefault(local_day(at, span.zone), at) == at, f"{span.zone}: twice in a night"
        changes = {local_day(at, span.zone) for at in _changes(span.zone)}
        for day in _days(span):
            here = local(sent[day], span.zone)
            if day not in changes:
                assert here.hour * 60 + here.minute == NIGHT, f"{span.zone}: {here}"
                continue
            readings = _readings(day, span.zone)
            if not readings:  # the hour is skipped: its mail goes as much later as the clock was put on
                assert here.hour * 60 + here.minute > NIGHT, f"{span.zone}: {here}"
                skipped.add(span.zone)
            else:
                assert sent[day] == readings[0], f"{span.zone}: {here}"
                if len(readings) > 1:
                    repeated.add(span.zone)
    assert len(skipped) > 50
    assert len(repeated) > 20
