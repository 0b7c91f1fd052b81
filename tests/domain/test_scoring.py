"""Scores that fade, kept as one number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.scoring import (
    DEFAULT_RULES,
    Rule,
    add,
    at_least,
    at_most,
    check_rules,
    fades_to,
    points_at,
    rank_of,
    rank_of_all,
    reaches,
    shifted,
    stage,
    stays_within,
)
from service.domain.timing import DAY
from tests.support.clock import NOW

points = st.floats(0.01, 1000)
ages = st.integers(0, 2000 * DAY)
half_lives = st.integers(1, 365)


def test_twenty_points_are_ten_after_one_half_life() -> None:
    assert points_at(rank_of(20, NOW, 30), NOW + 30 * DAY, 30) == pytest.approx(10)
    assert fades_to(-10, NOW, NOW + 30 * DAY, 30) == pytest.approx(-5)


def test_a_score_is_never_below_zero() -> None:
    assert add(rank_of(5, NOW, 30), -10, NOW, 30) is None
    assert points_at(rank_of_all([(NOW, -10), (NOW, 8)], 30), NOW, 30) == pytest.approx(8)


def test_an_instant_long_ago_overflows_nothing() -> None:
    assert points_at(rank_of(1, NOW, 1), 0, 1) > 1e300


@given(points, points, ages, half_lives)
def test_the_rank_compares_as_the_points_do(has: float, asked: float, ago: int, half_life: int) -> None:
    rank = rank_of(has, NOW - ago, half_life)
    assert rank is not None
    score = points_at(rank, NOW, half_life)
    least, most = at_least(asked, NOW, half_life), at_most(asked, NOW, half_life)
    assert (least is None or rank >= least) is reaches(score, asked)
    assert (most is not None and rank <= most) is stays_within(score, asked)


@given(points, half_lives, half_lives)
def test_a_new_half_life_keeps_the_points_of_the_moment(has: float, old: int, new: int) -> None:
    rank = rank_of(has, NOW, old)
    assert rank is not None
    assert points_at(rank + shifted(NOW, old, new), NOW, new) == pytest.approx(has, rel=1e-6)


@pytest.mark.parametrize(("score", "name"), [(0, "quiet"), (0.9, "quiet"), (1, "curious"), (10, "warm"), (30, "ready")])
def test_a_stage_is_reached_by_points(score: float, name: str) -> None:
    assert stage(score) == name


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([Rule("clickd", 5)], "use one of"),
        ([Rule("clicked", 0)], "not 0"),
        ([Rule("clicked", float("nan"))], "give a number"),
        ([Rule("clicked", 5), Rule("clicked", 6)], "keep one"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_mend(rules: list[Rule], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_rules(rules)


def test_the_default_rules_stand_the_check() -> None:
    check_rules(DEFAULT_RULES)
