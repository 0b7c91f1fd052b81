"""Under 18: what a form's answers say of an age, on a given day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.age import SaidAge, age_in, birth_date, is_minor, years_old

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("said", "minor"),
    [
        (SaidAge(), False),
        (SaidAge(born="2010-05-04"), True),
        (SaidAge(born="2010-05-04T00:00:00Z"), True),
        (SaidAge(born="5/4/2010"), True),
        (SaidAge(born="24.12.2008"), True),
        (SaidAge(born="2008-11-24"), False),  # the eighteenth birthday
        (SaidAge(born="2008-11-25"), True),
        (SaidAge(born="1961-02-28"), False),
        (SaidAge(born="2031-01-01"), False),  # a slip says nothing
        (SaidAge(born="1861-01-01"), False),
        (SaidAge(born="soon"), False),
        (SaidAge(years="17"), True),
        (SaidAge(years="16 years"), True),
        (SaidAge(years="13-17"), True),
        (SaidAge(years="Under 18"), True),
        (SaidAge(years="18"), False),
        (SaidAge(years="18 or older"), False),
        (SaidAge(years="under 65"), False),
        (SaidAge(years="-3"), False),
        (SaidAge(years="1975"), False),
        (SaidAge(under_18=True), True),
        (SaidAge(under_18=False), False),
        (SaidAge(years="40", under_18=True), True),
        (SaidAge(born="1980-01-01", years="15"), True),
    ],
)
def test_any_answer_that_says_under_18_counts(said: SaidAge, minor: bool) -> None:
    assert is_minor(said, TODAY) is minor


def test_who_was_born_on_leap_day_is_of_age_on_the_first_of_march() -> None:
    assert is_minor(SaidAge(born="2008-02-29"), date(2026, 2, 28))
    assert not is_minor(SaidAge(born="2008-02-29"), date(2026, 3, 1))


@given(st.dates(date(1930, 1, 1), TODAY))
def test_a_birth_date_reads_alike_in_both_spellings_and_ages_by_one_a_year(born: date) -> None:
    assert birth_date(born.isoformat(), TODAY) == birth_date(f"{born.month}/{born.day}/{born.year}", TODAY) == born
    assert 0 <= years_old(born, TODAY) - (TODAY - born) // timedelta(days=366) <= 1


@given(st.text(st.sampled_from("0123456789-/. abzAZäé年٣½\x00\n")))
def test_nothing_written_ever_trips_the_reader(text: str) -> None:
    birth_date(text, TODAY)
    assert age_in(text) is None or 0 <= (age_in(text) or 0) <= 120
