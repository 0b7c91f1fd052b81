"""Why a mail leaves later than it was ready: every day that it let pass has its reason, and no other day has one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.campaign import Definition, MailStep
from service.domain.enrollment import Facts
from service.domain.entry import Entry
from service.domain.places import hours, in_window
from service.domain.reasons import moved_because
from service.domain.timing import DAY, Window, day_start, local, local_day, opening, parse_iso
from tests.support.definitions import windows
from tests.support.zones import instants, zones

CHICAGO = "America/Chicago"
MAIL = MailStep("mail", "mail", "")
WORKDAYS = Window(frozenset(range(6)))
MEMORIAL = local_day(parse_iso("2026-05-25T12:00", CHICAGO), CHICAGO)
HOLIDAY = {MEMORIAL: "a holiday here (Memorial Day)"}


def _said(ready: str, left: str, window: Window = WORKDAYS, quiet: tuple[int, int] | None = None) -> list[str]:
    found = moved_because(parse_iso(ready, CHICAGO), parse_iso(left, CHICAGO), window, quiet, CHICAGO, HOLIDAY)
    return [reason.words for reason in found]


def test_a_holiday_is_named_after_the_day_that_is_no_day_for_mails() -> None:
    said = ["Sunday is no day for mails", "Monday is a holiday here (Memorial Day)"]
    assert _said("2026-05-24T10:00", "2026-05-26T09:00") == said
    assert _said("2026-05-23T18:00", "2026-05-26T09:00") == ["Saturday 18:00 is too late", *said]


def test_a_window_that_keeps_open_on_holidays_says_nothing_of_them() -> None:
    assert _said("2026-05-25T10:00", "2026-05-25T10:00", replace(WORKDAYS, holidays=True)) == []


@pytest.mark.parametrize(
    ("ready", "left", "said"),
    [
        ("2026-05-27T07:30", "2026-05-27T09:00", "Wednesday 07:30 is too early"),
        ("2026-05-27T18:00", "2026-05-28T09:00", "Wednesday 18:00 is too late"),
        ("2026-05-27T09:00", "2026-05-27T10:00", "Wednesday 09:00 is in the quiet hours"),
        ("2026-05-27T17:30", "2026-05-28T10:00", "Wednesday 17:30 is in the quiet hours"),
    ],
)
def test_hours_are_told_apart(ready: str, left: str, said: str) -> None:
    quiet = (17 * 60, 10 * 60) if "quiet" in said else None
    assert _said(ready, left, quiet=quiet) == [said]


def test_a_long_closure_is_one_reason() -> None:
    closed = {MEMORIAL + number: "closed here (Summer break)" for number in range(10)}
    ready, left = day_start(MEMORIAL, CHICAGO) + DAY // 2, day_start(MEMORIAL + 10, CHICAGO) + 9 * 3_600
    found = moved_because(ready, left, Window(frozenset(range(7))), None, CHICAGO, closed)
    assert [reason.words for reason in found] == ["Monday, 25 May to Wednesday, 3 June are closed here (Summer break)"]


quiets = st.none() | st.tuples(st.integers(0, 95), st.integers(0, 95)).map(lambda pair: (pair[0] * 15, pair[1] * 15))


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Definition, Facts, dict[int, str], int]:
    raw = draw(instants)
    facts = Facts(zone=draw(zones), clinic_zone=draw(zones), lead_id=draw(st.integers(1, 1 << 60)), quiet=draw(quiets))
    window = replace(draw(windows), jitter=draw(st.sampled_from((0, 0, 20, 120))), holidays=draw(st.booleans()))
    first = local_day(raw, facts.zone) - 2
    days = draw(st.sets(st.integers(first, first + 20)))
    facts.closed = frozenset(days)
    definition = Definition("series", "Series", Entry("by-hand"), "mail", {"mail": MAIL}, window=window)
    return definition, facts, {day: f"closed here ({day})" for day in days}, raw


@given(_cases())
def test_the_reasons_explain_every_moved_day(case: tuple[Definition, Facts, dict[int, str], int]) -> None:
    definition, facts, closed_words, raw = case
    window = definition.window
    zone = facts.zone if window.zone == "lead" else facts.clinic_zone
    left = in_window(definition, MAIL, raw, facts)
    reasons = moved_because(raw, left, window, facts.quiet, zone, closed_words)
    assert bool(reasons) == (left > raw)
    opens = opening(raw, hours(definition, facts), zone, frozenset() if window.holidays else facts.closed)
    passed = [day for each in reasons if each.first and each.last for day in range(each.first, each.last + 1)]
    assert passed == list(range(local_day(raw, zone), local_day(opens, zone)))
    assert [each.at for each in reasons] == sorted(each.at for each in reasons)
    assert any(each.kind == "jitter" for each in reasons) == (left > opens)
    for each in reasons:
        here = local(each.at, zone)
        match each.kind:
            case "weekday":
                assert here.weekday() not in window.days
            case "closed":
                assert not window.holidays
                assert here.toordinal() in facts.closed
            case "quiet":
                assert window.holds(here)
                assert not hours(definition, facts).holds(here)
            case "jitter":
                assert left - opens < window.jitter * 60
            case "early" | "late" | "clocks":
                assert not hours(definition, facts).holds(here)
