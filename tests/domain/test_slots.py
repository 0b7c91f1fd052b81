"""Open slots: what the hours leave free, on the clinic's wall clock, whatever the clocks do."""

from datetime import UTC, date, datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.appointment import quarters
from service.domain.slots import Absence, Hours, Slot, SlotRules, nearest, open_slots, spread
from service.domain.timing import HOUR, local, local_day, parse_iso

CHICAGO = "America/Chicago"
HANNAH, LENA = 1, 2
MONDAY = parse_iso("2026-11-23T07:00", CHICAGO)
NINE_TO_FIVE = [Hours(HANNAH, weekday, 9 * 60, 17 * 60) for weekday in range(5)]
RULES = SlotRules(CHICAGO, 60, 15, 2 * HOUR, 28)
ZONES = [
    "America/Chicago",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "UTC",
]


def _walls(slots: list[Slot], zone: str = CHICAGO) -> list[str]:
    return [f"{local(slot.starts_at, zone):%a %H:%M}" for slot in slots]


def _monday(**more: object) -> list[Slot]:
    rules = SlotRules(CHICAGO, 60, 15, 2 * HOUR, 0)
    return list(open_slots(rules, NINE_TO_FIVE, more.get("away", ()), more.get("taken", {}), MONDAY))  # type: ignore[arg-type]


def test_a_day_is_cut_into_visits_with_their_buffer_between_them() -> None:
    assert _walls(_monday()) == ["Mon 09:00", "Mon 10:15", "Mon 11:30", "Mon 12:45", "Mon 14:00", "Mon 15:15"]


def test_the_last_visit_ends_by_closing_time_though_its_buffer_runs_over() -> None:
    hours = [Hours(HANNAH, 0, 9 * 60, 10 * 60)]
    assert _walls(list(open_slots(RULES, hours, (), {}, MONDAY, to_day=local_day(MONDAY, CHICAGO)))) == ["Mon 09:00"]


def test_no_slot_is_sooner_than_the_notice_nor_later_than_the_horizon() -> None:
    late = MONDAY + 3 * HOUR
    slots = list(open_slots(RULES, NINE_TO_FIVE, (), {}, late))
    assert _walls(slots)[0] == "Mon 12:45"
    assert local_day(slots[-1].starts_at, CHICAGO) == local_day(late, CHICAGO) + 28


def test_a_closed_clinic_has_no_slots_and_an_absent_practitioner_none_of_hers() -> None:
    both = [*NINE_TO_FIVE, Hours(LENA, 0, 9 * 60, 11 * 60)]
    away = [Absence(MONDAY, MONDAY + 6 * HOUR, HANNAH)]
    rules = SlotRules(CHICAGO, 60, 15, 0, 0)
    slots = list(open_slots(rules, both, away, {}, MONDAY))
    assert [(slot.practitioner_id, wall) for slot, wall in zip(slots, _walls(slots), strict=True)] == [
        (LENA, "Mon 09:00"),
        (HANNAH, "Mon 14:00"),
        (HANNAH, "Mon 15:15"),
    ]
    assert list(open_slots(rules, both, [Absence(MONDAY, MONDAY + 24 * HOUR)], {}, MONDAY)) == []


def test_overlapping_absences_count_as_one() -> None:
    away = [Absence(MONDAY, MONDAY + 10 * HOUR), Absence(MONDAY + HOUR, MONDAY + 2 * HOUR)]
    assert _monday(away=away) == []


def test_a_taken_quarter_closes_each_slot_it_touches_and_no_other() -> None:
    eleven = parse_iso("2026-11-23T11:00", CHICAGO)
    assert _walls(_monday(taken={HANNAH: set(quarters(eleven, eleven + HOUR))})) == [
        "Mon 09:00",
        "Mon 12:45",
        "Mon 14:00",
        "Mon 15:15",
    ]
    assert len(_monday(taken={LENA: set(quarters(eleven, eleven + HOUR))})) == 6


def test_a_slot_keeps_its_wall_time_across_the_clock_change() -> None:
    october = parse_iso("2026-10-29T07:00", CHICAGO)
    nines = [
        slot for slot in open_slots(RULES, NINE_TO_FIVE, (), {}, october) if local(slot.starts_at, CHICAGO).hour == 9
    ]
    utc_hours = {datetime.fromtimestamp(slot.starts_at, UTC).hour for slot in nines}
    assert utc_hours == {14, 15}


def test_an_hour_that_the_clock_skips_offers_nothing() -> None:
    night = [Hours(HANNAH, 6, 0, 6 * 60)]
    saturday = parse_iso("2026-03-07T12:00", CHICAGO)
    slots = list(open_slots(SlotRules(CHICAGO, 60, 0, 0, 1), night, (), {}, saturday))
    assert _walls(slots) == ["Sun 00:00", "Sun 01:00", "Sun 03:00", "Sun 04:00", "Sun 05:00"]


def test_offers_are_spread_over_days_and_hours() -> None:
    chosen = spread(open_slots(RULES, NINE_TO_FIVE, (), {}, MONDAY), 3, CHICAGO)
    assert _walls(chosen) == ["Mon 09:00", "Tue 15:15", "Wed 09:00"]


def test_offers_of_a_single_day_are_three_different_hours() -> None:
    assert _walls(spread(_monday(), 3, CHICAGO)) == ["Mon 09:00", "Mon 10:15", "Mon 11:30"]


def test_the_nearest_slots_are_one_a_start_whoever_is_free() -> None:
    both = [*NINE_TO_FIVE, *(Hours(LENA, weekday, 9 * 60, 17 * 60) for weekday in range(5))]
    wanted = parse_iso("2026-11-24T11:00", CHICAGO)
    assert _walls(nearest(open_slots(RULES, both, (), {}, MONDAY), wanted, 3)) == [
        "Tue 10:15",
        "Tue 11:30",
        "Tue 12:45",
    ]


shifts = st.builds(
    lambda who, weekday, opens, length: Hours(who, weekday, opens, min(1_440, opens + length)),
    st.integers(1, 3),
    st.integers(0, 6),
    st.integers(0, 1_380),
    st.integers(15, 900),
)


@settings(max_examples=settings.default.max_examples)
@given(
    zone=st.sampled_from(ZONES),
    now=st.integers(1_577_836_800, 1_924_992_000),
    hours=st.lists(shifts, max_size=6),
    minutes=st.sampled_from([15, 30, 45, 50, 60, 90]),
    buffer=st.sampled_from([0, 10, 15, 30]),
    notice=st.integers(0, 3 * 86_400),
    away=st.lists(st.tuples(st.integers(0, 10 * 86_400), st.integers(1, 5 * 86_400), st.sampled_from([None, 1, 2, 3]))),
    busy=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 900)), max_size=40),
)
def test_every_slot_lies_in_the_hours_free_and_in_time(zone, now, hours, minutes, buffer, notice, away, busy) -> None:  # type: ignore[no-untyped-def]
    rules = SlotRules(zone, minutes, buffer, notice, 9)
    absences = [Absence(now + start, now + start + length, who) for start, length, who in away]
    taken: dict[int, set[int]] = {}
    for who, quarter in busy:
        taken.setdefault(who, set()).add(now // 900 + quarter)
    slots = list(open_slots(rules, hours, absences, taken, now))
    assert slots == sorted(slots)
    last_day = date.fromordinal(local_day(now, zone) + 9)
    for slot in slots:
        here = local(slot.starts_at, zone)
        assert slot.ends_at - slot.starts_at == minutes * 60
        assert slot.starts_at % 900 == 0
        assert slot.starts_at >= now + notice
        assert here.date() <= last_day
        assert any(_inside(shift, slot, zone) for shift in hours)
        assert not any(
            a.starts_at < slot.ends_at
            and slot.starts_at < a.ends_at
            and a.practitioner_id in (None, slot.practitioner_id)
            for a in absences
        )
        assert not set(quarters(slot.starts_at, slot.ends_at, buffer)) & taken.get(slot.practitioner_id, set())
    for who in (1, 2, 3):
        mine = [slot for slot in slots if slot.practitioner_id == who]
        assert all(
            a.ends_at + buffer * 60 <= b.starts_at
            for a, b in pairwise(mine)
            if local_day(a.starts_at, zone) == local_day(b.starts_at, zone)
        )


def _inside(shift: Hours, slot: Slot, zone: str) -> bool:
    here = local(slot.starts_at, zone)
    return (
        shift.practitioner_id == slot.practitioner_id
        and shift.weekday == here.weekday()
        and shift.opens <= here.hour * 60 + here.minute < shift.closes
    )
