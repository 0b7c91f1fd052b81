"""Random conditions, and what may be known of a lead who is asked."""

from __future__ import annotations

from hypothesis import strategies as st

from service.domain.conditions import (
    Answered,
    Clicked,
    Condition,
    Confirmed,
    Did,
    Field,
    Group,
    Happened,
    Interested,
    Not,
    Scored,
    Tagged,
)
from service.domain.enrollment import Facts

LINKS = ("book", "read")
ANSWERS = ("price", "needles")
TAGS = ("vip", "warm lead")
VALUES = ("aetna", "none: yet")

_leaves = (
    st.builds(Clicked, st.sampled_from(LINKS))
    | st.builds(Answered, st.sampled_from(ANSWERS))
    | st.builds(Confirmed, st.booleans())
    | st.builds(Interested, st.sampled_from(("sciatica", "neck-pain")))
    | st.builds(Tagged, st.sampled_from(TAGS))
    | st.builds(Scored, st.sampled_from(("at-least", "at-most")), st.sampled_from((-2.5, 0.0, 20.0)))
    | st.builds(Field, st.just("insurance"), st.sampled_from(("is", "is-not", "contains")), st.sampled_from(VALUES))
    | st.builds(Field, st.just("insurance"), st.sampled_from(("known", "unknown")))
    | st.builds(Field, st.just("age"), st.sampled_from(("at-least", "at-most")), st.sampled_from(("9", "30")))
    | st.builds(Field, st.just("interest"), st.just("one-of"), values=st.just(VALUES))
    | st.builds(
        Did, st.just("clicked"), st.sampled_from((None, *LINKS)), st.sampled_from((None, 14)), st.integers(1, 3)
    )
    | st.builds(Did, st.sampled_from(("booked", "mailed")), days=st.sampled_from((None, 90)), times=st.integers(1, 2))
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    _leaves,
    lambda part: (
        st.builds(Not, part)
        | st.builds(Group, st.sampled_from(("all", "any")), st.lists(part, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=4,
)
known = st.builds(
    Facts,
    zone=st.just("UTC"),
    clinic_zone=st.just("UTC"),
    clicked=st.frozensets(st.sampled_from(LINKS)),
    answered=st.frozensets(st.sampled_from(ANSWERS)),
    confirmed=st.booleans(),
    interest=st.sampled_from((None, "sciatica", "neck-pain")),
    now=st.just(1_800_000_000),
    tags=st.frozensets(st.sampled_from(TAGS)),
    score=st.sampled_from((-3.0, 0.0, 20.0)),
    fields=st.fixed_dictionaries({}, optional={"insurance": st.sampled_from(VALUES), "age": st.just("30")}),
    events=st.lists(
        st.builds(
            Happened,
            st.sampled_from(("clicked", "booked")),
            st.sampled_from((None, *LINKS)),
            st.integers(1_790_000_000, 1_800_000_000),
        ),
        max_size=3,
    ),
)
