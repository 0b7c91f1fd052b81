"""A segment's form: rows ask what the condition asks, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.content.segment_file import parse_segment
from service.content.segment_text import key_for, segment_text
from service.domain.condition_groups import MOST_GROUPS, Form, condition_of_form, form_of
from service.domain.condition_rows import Row, condition_of, rows_of
from service.domain.condition_words import condition_words
from service.domain.conditions import (
    EVERYONE,
    Clicked,
    Condition,
    Confirmed,
    Did,
    Field,
    Group,
    Interested,
    Not,
    Scored,
    Tagged,
)

tags = st.sampled_from(("vip", "Prefers mornings", "on", "a: b", "“quoted”"))
days = st.none() | st.integers(1, 366)
turned: st.SearchStrategy[Condition] = (
    st.builds(Tagged, tags)
    | st.builds(Interested, st.sampled_from(("sciatica", "neck-pain")))
    | st.builds(
        Did, st.sampled_from(("booked", "mailed")), st.none(), st.none() | st.integers(1, 366), st.integers(1, 9)
    )
    | st.builds(Did, st.just("clicked"), st.just("book"), days, st.integers(1, 9))
)
leaf: st.SearchStrategy[Condition] = (
    turned
    | turned.map(Not)
    | st.builds(Confirmed, st.booleans())
    | st.builds(Scored, st.sampled_from(("at-least", "at-most")), st.sampled_from((20.0, 0.5, -3.0)))
    | st.builds(Field, st.just("insurance"), st.sampled_from(("is", "is-not", "contains", "at-least")), tags)
    | st.builds(Field, st.just("insurance"), st.sampled_from(("known", "unknown")))
)
trees = leaf | st.builds(Group, st.sampled_from(("all", "any")), st.lists(leaf, min_size=2, max_size=5).map(tuple))


@given(condition=trees)
def test_what_a_form_can_show_it_asks_again_and_its_file_says_the_same(condition: Condition) -> None:
    found = rows_of(condition)
    assert found is not None
    again, faults = condition_of(*found)
    assert (again, faults) == (condition, {})
    read = parse_segment(segment_text("warm", "Warm: yes", condition), "segment")
    assert (read.key, read.name, read.who) == ("warm", "Warm: yes", condition)


groups: st.SearchStrategy[Group] = st.builds(
    Group, st.sampled_from(("all", "any")), st.lists(leaf, min_size=2, max_size=3).map(tuple)
)
deep = st.builds(
    lambda how, flat, inner: Group(how, (*flat, *inner)),
    st.sampled_from(("all", "any")),
    st.lists(leaf, min_size=1, max_size=3),
    st.lists(
        groups | st.builds(lambda group: Not(Group("any", group.parts)), groups), min_size=1, max_size=MOST_GROUPS
    ),
)


@given(condition=deep)
def test_groups_within_it_are_shown_as_groups_and_asked_again(condition: Condition) -> None:
    found = form_of(condition)
    assert found is not None
    assert found.joins
    assert condition_of_form(found) == (condition, {})


def test_a_group_left_empty_asks_nothing_and_one_of_a_single_row_is_that_row() -> None:
    rows = (Row("tag", "yes", "a"), Row(part=1), Row("tag", "yes", "b", "", 2), Row("tag", "yes", "c", "3", 2))
    condition, faults = condition_of_form(Form("all", rows, ("any", "any")))
    assert condition == Group("all", (Tagged("a"), Tagged("b")))
    assert list(faults) == [3]


@pytest.mark.parametrize(
    "condition",
    [
        Group("all", (Tagged("a"), *(Group("any", (Tagged("b"), Tagged("c"))) for _ in range(MOST_GROUPS + 1)))),
        Group("all", (Tagged("a"), Group("any", (Tagged("b"), Group("all", (Tagged("c"), Tagged("d"))))))),
        Group("all", (Tagged("a"), Not(Group("all", (Tagged("b"), Tagged("c")))))),
    ],
)
def test_what_groups_of_rows_cannot_ask_is_left_to_the_file(condition: Condition) -> None:
    assert form_of(condition) is None


@given(condition=trees)
def test_every_condition_has_its_words(condition: Condition) -> None:
    assert condition_words(condition)


def test_a_click_ever_is_a_click_without_days() -> None:
    assert rows_of(Clicked("book")) == ("all", [Row("did:clicked:book")])


@pytest.mark.parametrize(
    "condition",
    [
        Group("all", (Group("any", (Tagged("a"), Tagged("b"))), Tagged("c"))),
        Field("plan", "one-of", "", ("a", "b")),
        Not(Group("all", (Tagged("a"), Tagged("b")))),
    ],
)
def test_what_rows_cannot_ask_is_left_to_the_file(condition: Condition) -> None:
    assert rows_of(condition) is None


def test_none_of_several_is_the_negation_of_any() -> None:
    rows = [Row("tag", "yes", "a"), Row("confirmed")]
    asked = Not(Group("any", (Tagged("a"), Confirmed(True))))
    assert condition_of("none", rows) == (asked, {})
    assert rows_of(asked) == ("none", rows)
    assert rows_of(condition_of("none", rows[:1])[0]) == ("none", rows[:1])


def test_no_row_asks_for_everyone() -> None:
    assert condition_of("none", [Row()]) == (EVERYONE, {})
    assert condition_of("all", [Row(), Row()]) == (EVERYONE, {})


@pytest.mark.parametrize(
    ("row", "mend"),
    [
        (Row("", "yes", "x"), "Choose what"),
        (Row("did:clicked:book", "yes", "", "2 weeks"), "whole number from 1 to 366"),
        (Row("did:booked", "contains"), "“is” or “is not”"),
        (Row("did:wished"), "Choose what"),
        (Row("tag", "yes", " "), "Write a value"),
        (Row("tag", "yes", "vip", "3"), "Leave the days empty"),
        (Row("interest", "yes", "Hals & Nacken"), "as the forms send it"),
        (Row("score", "yes", "20"), "at least"),
        (Row("score", "at-least", "many"), "as a number"),
        (Row("field:plan", "known", "yes"), "Leave the value empty"),
        (Row("field:plan", "yes", ""), "Write a value"),
        (Row("tag", "perhaps", "vip"), "Choose how"),
    ],
)
def test_a_row_says_what_to_mend(row: Row, mend: str) -> None:
    _who, faults = condition_of("all", [Row(), row])
    assert list(faults) == [1]
    assert mend in faults[1]


def test_a_key_is_made_of_the_name_and_is_nobodys_yet() -> None:
    assert key_for("Warm, no visit yet!", ()) == "warm-no-visit-yet"
    assert key_for("Wärme", {"warme"}) == "warme-2"
    assert key_for("14 days", ()) == "segment-14-days"
    assert key_for("冬", {"segment"}) == "segment-2"
