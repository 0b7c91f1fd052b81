"""Conditions: one small tree, asked of what is known."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from service.domain.conditions import Answered, Clicked, Condition, Confirmed, Group, Interested, Not, holds
from service.domain.enrollment import Facts
from tests.support.definitions import conditions, known

ALICE = Facts(
    zone="UTC",
    clinic_zone="UTC",
    clicked=frozenset({"book"}),
    answered=frozenset({"price"}),
    confirmed=True,
    interest="sciatica",
)


@pytest.mark.parametrize(
    ("condition", "so"),
    [
        (Clicked("book"), True),
        (Clicked("read"), False),
        (Answered("price"), True),
        (Answered("needles"), False),
        (Confirmed(), True),
        (Confirmed(False), False),
        (Interested("sciatica"), True),
        (Interested("neck-pain"), False),
        (Group("all", (Clicked("book"), Answered("price"))), True),
        (Group("all", (Clicked("book"), Answered("time"))), False),
        (Group("any", (Clicked("read"), Answered("price"))), True),
        (Group("any", (Clicked("read"), Answered("time"))), False),
        (Not(Clicked("read")), True),
    ],
)
def test_each_kind_asks_its_own_fact(condition: Condition, so: bool) -> None:
    assert holds(condition, ALICE) is so


def test_nobody_who_gave_no_interest_has_one() -> None:
    assert not holds(Interested("sciatica"), replace(ALICE, interest=None))


@settings(max_examples=settings.default.max_examples // 3)
@given(conditions, conditions, known)
def test_not_all_is_any_not(one: Condition, other: Condition, facts: Facts) -> None:
    assert holds(Not(Group("all", (one, other))), facts) is holds(Group("any", (Not(one), Not(other))), facts)


@given(conditions, known)
def test_twice_not_is_so(condition: Condition, facts: Facts) -> None:
    assert holds(Not(Not(condition)), facts) is holds(condition, facts)
