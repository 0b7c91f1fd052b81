"""When a clinic's series are stopped by themselves: for a rate, never for one bad mail of a few."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.brake import Brake, Counts, from_kept, judge, usual_day
from service.domain.brake_words import TITLES, TO_DO, figures, percent, reason

MAILS = st.integers(0, 100_000)
PART = st.integers(0, 2_000)


@pytest.mark.parametrize(
    ("counts", "kind"),
    [
        (Counts(accepted=1_000, complained=3), "complaints"),
        (Counts(accepted=40, complained=3), "complaints"),
        (Counts(accepted=1_001, complained=3), None),
        (Counts(accepted=20, complained=2), None),
        (Counts(accepted=100, bounced=5), "bounces"),
        (Counts(accepted=101, bounced=5), None),
        (Counts(accepted=49, bounced=49), None),
        (Counts(accepted=50, bounced=4), None),
        (Counts(tried=50, failed=10), "failures"),
        (Counts(tried=51, failed=10), None),
        (Counts(tried=30, failed=30), None),
        (Counts(accepted=600, day=600, usual=100), "volume"),
        (Counts(accepted=600, day=600, usual=120), None),
        (Counts(accepted=500, day=500, usual=1), None),
        (Counts(accepted=90_000, day=90_000, usual=None), None),
        (Counts(accepted=100, bounced=50, complained=9, tried=100, failed=90), "complaints"),
    ],
)
def test_each_rate_has_its_limit_and_its_least_number(counts: Counts, kind: str | None) -> None:
    found = judge(counts)
    assert (found and found.kind) == kind


@given(st.integers(0, 49), PART, st.integers(0, 2), PART)
def test_a_small_clinic_is_stopped_by_no_bounce_and_by_no_two_complaints(
    accepted: int, bounced: int, complained: int, day: int
) -> None:
    counts = Counts(accepted, min(bounced, accepted), complained, accepted, min(9, accepted), min(day, 500), 1)
    assert judge(counts) is None


@given(MAILS, PART, PART, PART)
def test_what_stops_a_clinic_stops_one_with_more_of_it(accepted: int, bounced: int, complained: int, more: int) -> None:
    counts = Counts(accepted, min(bounced, accepted), min(complained, accepted))
    worse = Counts(accepted, min(bounced + more, accepted), min(complained + more, accepted))
    assert judge(counts) is None or judge(worse) is not None


@given(MAILS, PART, PART, MAILS)
def test_no_rate_below_its_limit_stops_anybody(accepted: int, bounced: int, complained: int, tried: int) -> None:
    found = judge(Counts(accepted, min(bounced, accepted), min(complained, accepted), tried, tried // 6))
    assert found is None or (
        complained >= 3 and complained * 1000 >= 3 * accepted
        if found.kind == "complaints"
        else bounced * 100 >= 5 * accepted
    )


def test_a_usual_day_is_one_on_which_mail_left() -> None:
    assert usual_day({1: 1_000, 8: 1_000, 15: 1_000}) == 1_000
    assert usual_day({1: 10, 2: 0, 3: 11, 4: 12}) == 11
    assert usual_day({1: 4_000, 2: 4_000}) is None, "two days are no usual"


@pytest.mark.parametrize("kind", sorted(TITLES))
def test_a_brake_is_kept_and_told_with_its_figures_and_what_to_do(kind: str) -> None:
    brake = from_kept({"kind": kind, "part": 7, "whole": 120, "said": "The list was wrong"})
    assert from_kept(brake.kept()) == brake
    assert TO_DO[kind]
    told = reason(brake)
    assert told.startswith(TITLES[kind])
    assert ("The list was wrong" if kind == "by-hand" else "7") in told


def test_the_figures_say_the_share_and_the_limit() -> None:
    assert figures(Brake("bounces", 7, 120)) == "7 of 120 mails in 7 days (5.8 %; the limit is 5 %)"
    assert (
        figures(Brake("volume", 900, 100)) == "900 mails in a day; a usual one has 100, and the limit is 5 times that"
    )
    assert percent(3, 1_000) == "0.30 %"
    assert percent(0, 0) == "0 %"
