"""A campaign's file is changed by acts, and every act can be undone."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.edit import Act, Change, Duplicate, Insert, Move, Place, Refused, Remove, apply, keys, step
from service.domain.edit_history import History, done, redone, undone

FILE = {
    "key": "series",
    "steps": [
        {"key": "welcome", "mail": "welcome"},
        {
            "key": "looked",
            "branch": {
                "within": "3d",
                "arms": [{"label": "Looked", "when": {"clicked": "book"}, "steps": [{"key": "ask", "tell": "Call"}]}],
                "otherwise": {"label": "Not", "steps": []},
            },
        },
        {"key": "end", "end": True},
    ],
}
NAMES = st.sampled_from(["welcome", "looked", "ask", "end", "welcome-2", "looked-2", "ask-2", "gone"])
PLACES = st.builds(Place, after=st.none() | NAMES, fork=st.none() | NAMES, way=st.integers(-1, 2))
ACTS = st.one_of(
    st.builds(Insert, st.builds(lambda key: {"key": key, "wait": "2d"}, NAMES), PLACES),
    st.builds(Move, NAMES, PLACES),
    st.builds(Remove, NAMES),
    st.builds(Duplicate, NAMES),
    st.builds(Change, st.none() | NAMES, st.sampled_from(["key", "wait", "name"]), st.none() | st.just("4d")),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=12))
def test_any_acts_undone_give_the_same_file_and_redone_the_changed_one(acts: list[Act]) -> None:
    kept, history, made = copy.deepcopy(FILE), History(FILE), 0
    for act in acts:
        try:
            history, made = done(history, act), made + 1
        except Refused:
            continue
        assert len(set(keys(history.now))) == len(keys(history.now))
    changed = history.now
    for _ in range(made):
        history = undone(history)
    assert history.now == FILE == kept
    for _ in range(made):
        history = redone(history)
    assert history.now == changed


def test_a_step_is_put_between_two_and_first_in_a_way() -> None:
    between = apply(FILE, Insert({"key": "rest", "wait": "2d"}, Place(after="welcome")))
    assert keys(between) == ["welcome", "rest", "looked", "ask", "end"]
    assert keys(apply(between, Move("rest", Place(fork="looked", way=1)))) == [*keys(FILE)[:3], "rest", "end"]


def test_a_fork_is_copied_with_its_steps_under_keys_of_their_own() -> None:
    assert keys(apply(FILE, Duplicate("looked"))) == ["welcome", "looked", "ask", "looked-2", "ask-2", "end"]


def test_a_setting_is_changed_where_the_step_stands_and_its_key_never() -> None:
    assert step(apply(FILE, Change("ask", "tell", "Write")), "ask")["tell"] == "Write"
    with pytest.raises(Refused, match="never changes"):
        apply(FILE, Change("ask", "key", "other"))


def test_a_fork_is_not_moved_into_itself() -> None:
    with pytest.raises(Refused, match="into itself"):
        apply(FILE, Move("looked", Place(after="ask")))
