"""Rates: never more than was allowed, whatever the rhythm of the looks; a warm-up counts days with mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.rate import BURST, MICRO, Day, Rates, free, spend, warm_up

NOW = 1_800_000_000 * MICRO


@given(st.integers(1, 1_000), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5_000)), min_size=1, max_size=30))
def test_in_no_span_does_more_leave_than_its_seconds_and_one_burst_allow(
    rate: int, looks: list[tuple[int, int]]
) -> None:
    full_at, now, left = 0, NOW, []
    for seconds, wanted in looks:
        now += seconds * MICRO
        mails = min(wanted, free(full_at, rate, now))
        full_at = spend(full_at, rate, now, mails)
        left.append((now, mails))
    for first, (begins, _) in enumerate(left):
        for ends, _ in left[first:]:
            sent = sum(mails for at, mails in left if begins <= at <= ends)
            assert sent <= rate * (ends - begins + BURST) // MICRO


def test_whoever_always_has_mail_gets_the_whole_rate() -> None:
    full_at, sent = 0, 0
    for second in range(0, 3_600, 2):
        now = NOW + second * MICRO
        mails = free(full_at, 7, now)
        full_at = spend(full_at, 7, now, mails)
        sent += mails
    assert 3_598 * 7 <= sent <= 3_602 * 7


def test_a_warm_up_goes_on_by_days_with_mail_and_gives_way_to_the_days_own_limit() -> None:
    rates = Rates(day=300, warm_up=(50, 100, 400))
    assert [rates.most_on(step) for step in range(5)] == [50, 100, 300, 300, 300]
    assert [rates.warming(step) for step in range(4)] == [True, True, False, False]
    day = Day(100, mails=50)
    assert day.at(101) == Day(101, 0, 1)
    assert day.at(101).at(105) == Day(105, 0, 1), "nothing left on the days between"
    assert day.at(99) == day, "a clock that jumps back opens no day again"
    assert Rates(warm_up=(50,)).most_on(1) is None


def test_a_plan_reads_as_people_write_it() -> None:
    assert warm_up("50, 100,200 400") == (50, 100, 200, 400)
    assert warm_up("") == ()


@pytest.mark.parametrize("text", ["fifty", "50, 0", "50; 100", "100, 50", "1 " * 61, "-5", "٥"])
def test_a_plan_that_is_none_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as 50, 100, 200"):
        warm_up(text)
