"""Wall clocks: windows, delays and days, right through gaps, overlaps and half hours."""

from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.domain.timing import (
    DAY,
    HOUR,
    MINUTE,
    QUARTER,
    Delay,
    Window,
    day_start,
    is_zone,
    iso,
    later,
    local,
    local_day,
    opening,
    parse_iso,
    to_utc,
    zone_of,
)
from tests.support.zones import ALL_ZONES, END, START, instants, zones

CHICAGO = "America/Chicago"
EVERY_DAY = frozenset(range(7))
WORK = Window(frozenset(range(6)), 9 * 60, 18 * 60)

_bounds = st.lists(st.integers(0, 96), min_size=2, max_size=2, unique=True).map(sorted)
windows = st.builds(
    lambda days, bounds: Window(frozenset(days), bounds[0] * 15, bounds[1] * 15),
    st.sets(st.integers(0, 6), min_size=1),
    _bounds,
)


def _at(wall: str, zone: str = CHICAGO) -> int:
    return parse_iso(wall, zone)


def _wall(instant: int, zone: str = CHICAGO) -> str:
    return f"{local(instant, zone):%a %Y-%m-%d %H:%M %z}"


def _minute_by_minute(instant: int, window: Window, zone: str) -> int:
    """The slow oracle: look at every minute until one lies inside."""
    while not window.holds(local(instant, zone)):
        instant += MINUTE - instant % MINUTE
    return instant


@settings(max_examples=max(20, settings.default.max_examples * 3 // 10))
@given(instants, windows, zones)
@example(_at("2026-03-08T01:40"), Window(EVERY_DAY, 150, 240), CHICAGO)
@example(_at("2026-11-01T01:40"), Window(EVERY_DAY, 30, 90), CHICAGO)
@example(_at("2026-04-04T23:00", "Australia/Lord_Howe"), Window(EVERY_DAY, 105, 120), "Australia/Lord_Howe")
@example(_at("2026-09-26T20:00", "Pacific/Chatham"), Window(EVERY_DAY, 180, 240), "Pacific/Chatham")
@example(_at("2026-09-05T22:00", "America/Santiago"), Window(frozenset({6}), 0, 1440), "America/Santiago")
@example(_at("2026-11-01T00:30", "America/Havana"), Window(frozenset({6}), 15, 30), "America/Havana")
def test_the_opening_is_the_first_minute_that_lies_inside(instant: int, window: Window, zone: str) -> None:
    slow = _could_be_far(window, zone, instant)
    if slow is not None:
        assert opening(instant, window, zone) == slow


def _could_be_far(window: Window, zone: str, instant: int) -> int | None:
    """The oracle's answer; None when a gap swallows the window for longer than the search goes."""
    try:
        opening(instant, window, zone)
    except ValueError:
        return None
    return _minute_by_minute(instant, window, zone)


@settings(max_examples=max(20, settings.default.max_examples * 3 // 10))
@given(instants, windows, zones)
def test_an_opening_stays_where_it_is(instant: int, window: Window, zone: str) -> None:
    opened = opening(instant, window, zone)
    assert opened >= instant
    assert window.holds(local(opened, zone))
    assert opening(opened, window, zone) == opened


def test_inside_the_window_not_a_second_is_lost() -> None:
    assert opening(_at("2026-11-24T10:07:23"), WORK, CHICAGO) == _at("2026-11-24T10:07:23")


def test_a_sunday_mail_goes_on_monday_at_nine_on_both_sides_of_the_clock_change() -> None:
    assert _wall(opening(_at("2026-11-01T00:30"), WORK, CHICAGO)) == "Mon 2026-11-02 09:00 -0600"
    assert _wall(opening(_at("2026-10-25T00:30"), WORK, CHICAGO)) == "Mon 2026-10-26 09:00 -0500"


def test_a_window_that_opens_in_the_gap_opens_at_its_end() -> None:
    window = Window(EVERY_DAY, 2 * 60 + 30, 4 * 60)
    assert _wall(opening(_at("2026-03-08T00:00"), window, CHICAGO)) == "Sun 2026-03-08 03:00 -0500"


def test_a_window_inside_the_gap_opens_on_the_next_day() -> None:
    window = Window(EVERY_DAY, 2 * 60, 3 * 60)
    assert _wall(opening(_at("2026-03-08T00:00"), window, CHICAGO)) == "Mon 2026-03-09 02:00 -0500"


def test_a_window_in_the_overlap_opens_again() -> None:
    window = Window(EVERY_DAY, 30, 90)
    second = to_utc(local(_at("2026-11-01T01:00"), CHICAGO).replace(tzinfo=None), CHICAGO, fold=1)
    assert opening(_at("2026-11-01T01:30"), window, CHICAGO) == second


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Australia/Lord_Howe", "Sun 2026-04-05 09:00 +1030", "Mon 2026-10-05 09:00 +1100"),
        ("Pacific/Chatham", "Sun 2026-04-05 09:00 +1245", "Mon 2026-10-05 09:00 +1345"),
        ("Asia/Kathmandu", "Sun 2026-04-05 09:00 +0545", "Mon 2026-10-05 09:00 +0545"),
    ],
)
def test_half_hours_and_quarters_count(zone: str, before: str, after: str) -> None:
    window = Window(EVERY_DAY, 9 * 60, 18 * 60)
    assert _wall(opening(_at("2026-04-04T18:00", zone), window, zone), zone) == before
    assert _wall(opening(_at("2026-10-04T18:00", zone), window, zone), zone) == after


def test_in_every_zone_the_clocks_of_2026_change_on_a_quarter() -> None:
    for zone in ALL_ZONES:
        tz = zone_of(zone)
        days = range(START, END + 7 * DAY, 7 * DAY)
        offsets = [local(day, zone).utcoffset() for day in days]
        for index in [n for n in range(1, len(days)) if offsets[n] != offsets[n - 1]]:
            first, last = days[index - 1], days[index]
            while last - first > 1:
                middle = (first + last) // 2
                same = tz.utcoffset(local(middle, zone)) == offsets[index - 1]
                first, last = (middle, last) if same else (first, middle)
            assert last % QUARTER == 0, f"{zone} changes its clock at {iso(last)}"


@settings(max_examples=settings.default.max_examples // 2)
@given(instants, st.integers(0, 400), zones)
@example(_at("2026-10-25T01:30", "Europe/London") + HOUR, 154, "Europe/London")
def test_days_keep_the_wall_time_across_clock_changes(instant: int, days: int, zone: str) -> None:
    here = local(instant, zone).replace(tzinfo=None, fold=0)
    there = local(later(instant, Delay(days=days), zone), zone).replace(tzinfo=None, fold=0)
    wanted = here + timedelta(days=days)
    if there != wanted:
        assert there > wanted, "a wall time that is skipped moves forward"
        assert _skipped(wanted, zone)


def _skipped(wall: object, zone: str) -> bool:
    return local(to_utc(wall, zone), zone).replace(tzinfo=None, fold=0) != wall  # type: ignore[arg-type]


@given(instants, st.integers(-500_000, 500_000), zones)
def test_minutes_are_elapsed_time(instant: int, minutes: int, zone: str) -> None:
    assert later(instant, Delay(minutes=minutes), zone) == instant + minutes * MINUTE


def test_a_day_over_the_gap_is_23_hours_and_over_the_overlap_25() -> None:
    assert later(_at("2026-03-07T12:00"), Delay(days=1), CHICAGO) - _at("2026-03-07T12:00") == 23 * HOUR
    assert later(_at("2026-10-31T12:00"), Delay(days=1), CHICAGO) - _at("2026-10-31T12:00") == 25 * HOUR


def test_a_day_into_the_gap_moves_forward_by_its_length() -> None:
    assert _wall(later(_at("2026-03-07T02:30"), Delay(days=1), CHICAGO)) == "Sun 2026-03-08 03:30 -0500"


def test_two_days_before_keep_the_wall_time_too() -> None:
    assert _wall(later(_at("2026-03-09T10:30"), Delay(days=2), CHICAGO, -1)) == "Sat 2026-03-07 10:30 -0600"


def test_the_second_reading_of_a_skipped_time_never_moves_back() -> None:
    gap = local(_at("2026-03-08T00:00"), CHICAGO).replace(tzinfo=None, hour=2, minute=30)
    assert to_utc(gap, CHICAGO, fold=1) == to_utc(gap, CHICAGO)


@given(instants, zones)
def test_a_day_starts_with_its_first_instant(instant: int, zone: str) -> None:
    start = day_start(local_day(instant, zone), zone)
    assert start <= instant
    assert local_day(start, zone) == local_day(instant, zone)
    assert local_day(start - 1, zone) < local_day(start, zone)


@given(instants)
def test_an_instant_is_read_as_it_was_written(instant: int) -> None:
    assert parse_iso(iso(instant)) == instant


def test_names_of_no_zone_are_none() -> None:
    assert is_zone(CHICAGO)
    assert not any(is_zone(name) for name in ("", "Mars/Base", "../etc/passwd", "/etc/passwd", "America"))
