"""The breaker: opened by outages, tried by one, closed by an answer; never by what one letter met."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.breaker import (
    CALM,
    FIRST,
    KEY_AGAIN,
    LONGEST,
    Breaker,
    Sign,
    gate,
    hear,
    sign_of,
    try_now,
)
from service.domain.message import Accepted, Doubtful, Later, Outcome, Rejected

NOW = 1_800_000_000
ANSWERS, OUTAGE, KEY = Sign(None), Sign("outage"), Sign("key")


def most() -> float:
    return 0.999


def opened(sign: Sign, now: int = NOW) -> Breaker:
    found = hear(None, sign, now, now, most)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("outcomes", "sign"),
    [
        ([Accepted(), Rejected("400 subject")], Sign(None)),
        ([Rejected("400 to", bad_address=True)], Sign(None)),
        ([Doubtful("500")] * 3, OUTAGE),
        ([Later("refused", NOW, "outage")], OUTAGE),
        ([Accepted()] * 9 + [Doubtful("reset")], Sign(None)),
        ([Accepted()] * 9 + [Later("away", NOW, "outage")], OUTAGE),
        ([Later("401", NOW, "key"), Later("429", NOW + 5, "wait")], KEY),
        ([Accepted(), Later("429", NOW + 5, "wait"), Later("429", NOW + 9, "wait")], Sign("wait", NOW + 9)),
        ([Later("the worker was stopping", NOW)], None),
        ([], None),
    ],
)
def test_what_answers_say_of_the_provider(outcomes: list[Outcome], sign: Sign | None) -> None:
    assert sign_of(outcomes) == sign


def test_while_it_answers_nothing_changes() -> None:
    assert hear(None, ANSWERS, NOW, NOW, most) is None
    closed = Breaker("closed", "outage", NOW, NOW, 3)
    assert hear(closed, ANSWERS, NOW, NOW, most) is closed


def test_an_outage_opens_it_and_an_answer_to_a_try_closes_it() -> None:
    away = opened(OUTAGE)
    assert gate(away, NOW) == "open"
    assert gate(away, away.until) == "half-open"
    back = hear(away, ANSWERS, away.until, away.until + 1, most)
    assert gate(back, away.until + 1) == "closed"


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 40))
def test_each_outage_in_a_row_is_waited_out_in_the_whole_of_a_span_that_doubles(chance: float, times: int) -> None:
    found, now = opened(OUTAGE), NOW
    for number in range(1, times):
        now = found.until
        again = hear(found, OUTAGE, now, now, lambda: chance)
        assert again is not None
        span = min(LONGEST, FIRST * 2**number)
        assert again.until == now + 1 + int(chance * span)
        assert again.since == NOW
        found = again


def test_after_a_calm_the_first_wait_is_a_short_one_again() -> None:
    closed = Breaker("closed", "outage", NOW, NOW, 8)
    soon, later = (hear(closed, OUTAGE, at, at, most) for at in (NOW + 1, NOW + CALM))
    assert soon is not None
    assert later is not None
    assert (soon.openings, later.openings) == (9, 1)


def test_what_was_under_way_when_it_opened_neither_closes_nor_lengthens_it() -> None:
    away = opened(OUTAGE)
    for sign in (ANSWERS, OUTAGE):
        assert hear(away, sign, NOW, away.until + 100, most) is away


def test_asked_to_wait_until_an_instant_it_waits_until_that_instant() -> None:
    waits = opened(Sign("wait", NOW + 3_333))
    assert waits.until == NOW + 3_333
    more = hear(waits, Sign("wait", NOW + 4_444), NOW, NOW + 1, most)
    assert more is not None
    assert more.until == NOW + 4_444
    assert opened(Sign("wait", NOW - 5)).until == NOW + 1


def test_a_refused_key_holds_everything_until_it_is_tried_again_by_itself_or_by_a_person() -> None:
    refused = opened(KEY)
    assert (refused.cause, refused.until) == ("key", NOW + KEY_AGAIN)
    assert gate(try_now(refused, NOW + 60), NOW + 60) == "half-open"
    away = opened(OUTAGE)
    worse = hear(away, KEY, NOW, NOW + 1, most)
    assert worse is not None
    assert worse.cause == "key"
    assert hear(worse, Sign("wait", NOW + 10 * KEY_AGAIN), NOW, NOW + 2, most) == replace(
        worse, until=NOW + 10 * KEY_AGAIN
    )
