"""What a split and a score say in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.score_words import score_lines
from service.domain.timing import DAY
from service.domain.trial import Way, judge
from service.domain.trial_words import verdict_words
from tests.support.clock import NOW


def test_a_leader_is_named_with_the_numbers_and_how_sure_it_is() -> None:
    told = verdict_words(judge([Way("A", 100, 6), Way("B", 100, 19)]), "booked")
    assert told == "B leads: 19 of 100 booked, A 6 of 100. Sure enough: 99 in 100."


def test_too_few_people_and_too_few_goals_are_told_apart() -> None:
    assert verdict_words(judge([Way("A", 49, 1), Way("B", 80, 30)]), "booked").endswith("at least 50 people a way.")
    few = verdict_words(judge([Way("A", 60, 1), Way("B", 80, 2)]), "booked")
    assert few == "Too few to tell yet: at least 5 people who booked."


def test_no_clear_difference_is_said() -> None:
    told = verdict_words(judge([Way("A", 100, 10), Way("B", 100, 11)]), "attended")
    assert told == "No clear difference yet. B: 11 of 100 came to a visit, A 10 of 100."


def test_without_a_goal_no_way_leads() -> None:
    assert "no goal" in verdict_words(judge([Way("A", 900, 0), Way("B", 900, 0)]), "none")


@dataclass(frozen=True)
class Gift:
    at: int
    words: str
    now: float


def test_like_deeds_stand_together_the_heaviest_first_and_faded_ones_not_at_all() -> None:
    gifts = [Gift(NOW - 3 * DAY, "Clicked", 8.6), Gift(NOW - 4 * DAY, "Clicked", 8.0), Gift(NOW, "Booked", 20.0)]
    gifts += [Gift(NOW - DAY, "Did not come", -9.0), Gift(NOW - 200 * DAY, "Answered", 0.0)]
    told = score_lines(gifts, NOW, "America/Chicago")
    assert [(line.words, line.when, line.points) for line in told] == [
        ("Booked", "today", "+20.0"),
        ("Clicked", "2 times, last 3 days ago", "+16.6"),
        ("Did not come", "yesterday", "-9.0"),
    ]


def test_what_is_left_over_is_one_line() -> None:
    told = score_lines([Gift(NOW, f"Deed {number}", 10.0 - number) for number in range(8)], NOW, "America/Chicago")
    assert (len(told), told[-1].words, told[-1].points) == (7, "2 smaller ones", "+7.0")
