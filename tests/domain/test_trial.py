"""A split says who wins only when it can know."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.trial import Way, judge

ways = st.builds(lambda people, part: Way("way", people, int(people * part)), st.integers(0, 3_000), st.floats(0, 1))


def test_a_handful_of_people_is_too_few_to_tell() -> None:
    assert judge([Way("A", 12, 6), Way("B", 11, 1)]).word == "too-few"


def test_many_people_without_a_booking_are_too_few_to_tell() -> None:
    assert judge([Way("A", 400, 1), Way("B", 400, 2)]).word == "too-few"


def test_equal_shares_stay_open() -> None:
    told = judge([Way("A", 500, 50), Way("B", 500, 52)])
    assert (told.word, told.winner) == ("open", None)


def test_a_clear_lead_wins() -> None:
    told = judge([Way("A", 500, 40), Way("B", 500, 80)])
    assert (told.word, told.winner) == ("winner", "B")
    assert told.shown[1].low > told.shown[0].share


def test_the_chance_of_two_ways_is_the_textbooks() -> None:
    # Beta(2, 2) against Beta(1, 1): by symmetry one half.
    assert judge([Way("A", 2, 1), Way("B", 0, 0)]).shown[0].best == pytest.approx(0.5, abs=1e-3)
    # Beta(2, 1) against Beta(1, 1): the integral of 2x times x is two thirds.
    assert judge([Way("A", 1, 1), Way("B", 0, 0)]).shown[0].best == pytest.approx(2 / 3, abs=1e-3)


@settings(max_examples=max(20, settings.default.max_examples // 5))
@given(st.lists(ways, min_size=2, max_size=4))
def test_the_chances_of_being_best_add_up_and_each_share_lies_in_its_span(found: list[Way]) -> None:
    shown = judge(found).shown
    assert sum(each.best for each in shown) == pytest.approx(1, abs=0.02)
    for each in shown:
        assert each.low <= each.high
        if each.way.people >= 100 and 0.02 < each.share < 0.98:
            assert each.low - 0.001 <= each.share <= each.high + 0.001
