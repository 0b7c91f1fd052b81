"""Words, pictures, colours and hours: the desk's pure parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain import words
from service.domain.charts import columns, comparable, funnel, worst_step
from service.domain.colour import contrast, is_colour, readable_shade
from service.domain.hours_text import hours_text, parse_hours
from service.domain.timing import DAY, Delay, Window
from tests.support.clock import NOW

CHICAGO = "America/Chicago"


def test_times_are_told_near_and_exactly() -> None:
    assert words.when(NOW, CHICAGO, NOW) == "today 08:42"
    assert words.when(NOW - DAY, CHICAGO, NOW) == "yesterday 08:42"
    assert words.when(NOW + 3 * DAY, CHICAGO, NOW) == "Fri 27 Nov 08:42"
    assert words.when(NOW - 400 * DAY, CHICAGO, NOW) == "20 Oct 2025 09:42"
    assert words.exact(NOW, CHICAGO) == "Tuesday, 24 November 2026, 08:42:00 (America/Chicago)"


@pytest.mark.parametrize(
    ("seconds", "told"), [(4, "4 s"), (2_460, "41 min"), (7_500, "2 h 5 min"), (252_000, "2 d 22 h"), (-5, "0 s")]
)
def test_spans_are_told_in_two_units_at_most(seconds: int, told: str) -> None:
    assert words.span(seconds) == told


def test_windows_and_delays_read_as_a_person_says_them() -> None:
    assert words.window(Window()) == "Mon–Sat 9–18"
    assert words.window(Window(frozenset({0, 2}), 8 * 60, 12 * 60 + 30)) == "Mon, Wed 8–12:30"
    assert words.delay(Delay(days=2)) == "2 days"
    assert words.delay(Delay(minutes=90)) == "1 hour 30 minutes"


def test_a_name_leaves_out_what_each_reader_sees_of_their_own() -> None:
    assert words.title("Your visit: …, …") == "Your visit"
    assert words.title("Tomorrow at …") == "Tomorrow"
    assert words.title("Canceled: …") == "Canceled"
    assert words.title("Before …") == "Before …"
    assert words.title("Why this kind of pain lingers") == "Why this kind of pain lingers"


def test_phone_numbers_read_as_on_a_card() -> None:
    assert words.phone("+19525550142") == "(952) 555-0142"
    assert words.phone("+4930123456") == "+4930123456"


def test_a_cap_is_told_with_its_number() -> None:
    facts = {"sent_today": 1, "cap_day": 1, "sent_week": 1, "cap_week": 4}
    assert words.held_because("capped", facts, CHICAGO, NOW) == "1 mail a day is the most, and that had gone"


def test_every_guard_has_its_words() -> None:
    from typing import get_args

    from service.domain.decision import Guard

    assert set(get_args(Guard)) <= set(words.GUARDS)


def test_a_funnel_names_where_most_are_lost() -> None:
    bars = funnel(["Sign-up", "Confirmed", "Reading", "Clicked", "Booked", "Attended"], [128, 112, 96, 43, 21, 14])
    assert worst_step(bars) == 3
    assert bars[3].lost == 53
    assert bars[0].share == 100
    assert worst_step(funnel(["a", "b", "c", "d", "e", "f"], [0] * 6)) is None


def test_columns_fill_their_height_and_show_even_the_least() -> None:
    tall, small, none = columns([100, 1, 0])
    assert (tall.height, small.height, none.height) == (96, 1, 0)


def test_shares_of_few_people_are_not_compared() -> None:
    assert not comparable((2, 12), (30, 200))
    assert comparable((20, 166), (42, 170))


@given(st.integers(0, 0xFFFFFF))
def test_a_shade_that_is_offered_reads_well(number: int) -> None:
    colour = f"#{number:06x}"
    assert is_colour(colour)
    assert contrast(readable_shade(colour), "#ffffff") >= 4.5


def test_contrast_is_the_one_that_is_known() -> None:
    assert round(contrast("#000000", "#ffffff"), 1) == 21
    assert contrast("#0f6b66", "#ffffff") > 4.5


@given(st.lists(st.integers(0, 1440), min_size=2, max_size=8, unique=True))
def test_hours_are_written_as_they_are_read(minutes: list[int]) -> None:
    edges = sorted(minutes)
    spans = list(zip(edges[::2], edges[1::2], strict=False))
    assert parse_hours(hours_text(spans)) == spans


@pytest.mark.parametrize("text", ["9", "9-8", "12-12", "9-25", "9:75-10", "nine-ten", "9-12, 11-13"])
def test_hours_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"hours|must end|overlap|minute"):
        parse_hours(text)
