"""A segment means the same to Python and to the database."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args
from weakref import WeakKeyDictionary

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from service.domain import scoring
from service.domain.conditions import (
    BUILT_IN,
    EVERYONE,
    Answered,
    Clicked,
    Condition,
    Confirmed,
    Deed,
    Did,
    Field,
    Group,
    Interested,
    Not,
    Op,
    Scored,
    Tagged,
    holds,
)
from service.domain.timing import DAY, MINUTE
from service.storage import condition_sql, marks
from service.storage.database import Database
from service.storage.marks import FieldMark, TagMark
from service.storage.tables import lead
from service.usecases.knowledge import kinds_asked, load_knowledge
from tests.support.clock import NOW
from tests.support.segment_data import a_house, a_lead, a_mail, a_run, did

HALF_LIFE = 30
TEXTS = (
    *(
        "",
        " ",
        "aetna",
        "Aetna",
        " AETNA ",
        "Straße",
        "STRASSE",
        "strasse",
        "İstanbul",
        "i̇stanbul",
        "É",
        "é",
        "e\u0301",
    ),
    *(
        "ﬁn",
        "fin",
        "ΣΑΣ",
        "σας",
        "10",
        "9",
        "+9.0",
        " 9 ",
        "1e3",
        "1000",
        "-5",
        "٣",
        "3",
        "nan",
        "inf",
        "1_0",
        "2026-11-24",
    ),
    *("2026-01-02", "a%b", "a_b", "100%", "'; --", "\u00a0x\u00a0", "x", "\U0001f600", "z", "~", "A", "a", "sciatica"),
)
KEYS = ("insurance", "age", "first_name")
DEEDS = get_args(Deed)
LINKS = ("book", "read", "price")
EDGES = (0, 1, DAY - 1, DAY, DAY + 1, 14 * DAY, 14 * DAY + 1, 500 * DAY)

texts = st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4)
numbers = st.floats(-40, 40) | st.sampled_from((0.0, 10.0, 20.0, 5.0, -1.0))


@dataclass(frozen=True)
class Person:
    """`columns` of the lead's row; `happened`: (kind, link, seconds ago, seconds until it counts, flag)."""

    columns: dict[str, Any]
    fields: dict[str, str]
    tags: frozenset[str]
    happened: list[tuple[str, str | None, int, int | None, str | None]]
    mailed: list[int | None] = field(default_factory=list)


people = st.builds(
    Person,
    st.fixed_dictionaries(
        {
            "interest": st.none() | st.sampled_from(("sciatica", "Sciatica", "neck-pain", "")),
            "first_name": st.none() | texts,
            "utm": st.dictionaries(st.sampled_from(("utm_source", "utm_campaign")), texts),
            "confirmed_at": st.none() | st.just(NOW - DAY),
            "score_rank": st.none()
            | st.builds(
                lambda points, ago: scoring.rank_of(points, NOW - ago, HALF_LIFE),
                st.sampled_from((5.0, 10.0, 20.0)) | st.floats(0, 60),
                st.sampled_from((0, 0, HALF_LIFE * DAY, DAY)),
            ),
            "locale": st.sampled_from(("en", "de")),
        }
    ),
    st.dictionaries(st.sampled_from(KEYS), texts),
    st.frozensets(st.sampled_from(("vip", "VIP", "straße"))),
    st.lists(
        st.tuples(
            st.sampled_from(("clicked", "answered", "booked")),
            st.none() | st.sampled_from(LINKS),
            st.sampled_from(EDGES) | st.integers(-DAY, 20 * DAY),
            st.none() | st.sampled_from((0, 5 * MINUTE, DAY)),
            st.none() | st.none() | st.just("scanner"),
        ),
        max_size=5,
    ),
    st.lists(st.none() | st.sampled_from(EDGES) | st.integers(-DAY, 20 * DAY), max_size=3),
)
of_fields = st.builds(
    Field,
    st.sampled_from((*KEYS, *KEYS, *BUILT_IN)),
    st.sampled_from(get_args(Op)),
    texts,
    st.lists(texts, max_size=3).map(tuple),
)
of_scores = st.builds(Scored, st.sampled_from(("at-least", "at-most")), numbers)
of_deeds = st.builds(
    Did,
    st.sampled_from(("clicked", "answered", "booked", "mailed")),
    st.none() | st.none() | st.sampled_from(LINKS),
    st.none() | st.sampled_from((1, 14, 500)),
    st.sampled_from((1, 1, 2, 3)),
)
leaves = (
    st.builds(Clicked, st.sampled_from(LINKS))
    | st.builds(Answered, st.sampled_from(LINKS))
    | st.builds(Confirmed, st.booleans())
    | st.builds(Interested, st.sampled_from(("sciatica", "Sciatica", "nothing")))
    | st.builds(Tagged, st.sampled_from(("vip", "VIP", "straße", "strasse")))
    | of_fields
    | of_scores
    | of_deeds
)
trees: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda part: (
        st.builds(Not, part) | st.builds(Group, st.sampled_from(("all", "any")), st.lists(part, max_size=3).map(tuple))
    ),
    max_leaves=6,
)


def test_the_deeds_and_fields_are_the_ones_the_domain_names() -> None:
    assert set(BUILT_IN) == set(condition_sql.OWN)
    assert condition_sql.MAILED in DEEDS


class _Undo(Exception):
    pass


@settings(max_examples=settings.default.max_examples // 2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(folks=st.lists(people, min_size=1, max_size=6), asked=st.lists(trees, min_size=1, max_size=6))
def test_the_database_finds_whom_the_condition_holds_of(
    db: Database, folks: list[Person], asked: list[Condition]
) -> None:
    _agree(db, folks, asked)


@pytest.mark.parametrize("family", [of_fields, of_scores, of_deeds], ids=["fields", "scores", "deeds"])
@settings(max_examples=settings.default.max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(folks=st.lists(people, min_size=8, max_size=12), data=st.data())
def test_each_kind_agrees_to_its_edges(
    db: Database, family: st.SearchStrategy[Condition], folks: list[Person], data: st.DataObject
) -> None:
    _agree(db, folks, data.draw(st.lists(family, min_size=20, max_size=30)))


def _agree(db: Database, folks: Sequence[Person], asked: Sequence[Condition]) -> None:
    run = _a_run(db)
    with contextlib.suppress(_Undo), db.write() as conn:
        clinic_of = _add(conn, run, folks)
        every = kinds_asked(Group("all", tuple(asked)))
        told = load_knowledge(conn, clinic_of, every, NOW)
        for condition in asked:
            by_python = {lead_id for lead_id in clinic_of if holds(condition, told[lead_id])}
            assert _found(conn, run.clinic, condition, clinic_of) == by_python, condition
            assert _found(conn, run.clinic, Not(condition), clinic_of) == set(clinic_of) - by_python, condition
        raise _Undo


def test_a_segment_never_reaches_another_clinics_leads(db: Database) -> None:
    run = _a_run(db)
    with db.read() as conn:
        assert _found(conn, run.clinic, EVERYONE, [run.lead]) == {run.lead}
        assert _found(conn, run.clinic + 1, EVERYONE, [run.lead]) == set()
        assert _found(conn, run.clinic + 1, Not(Tagged("vip")), [run.lead]) == set()


@pytest.mark.parametrize(
    ("condition", "so"),
    [
        (Field("insurance", "is", "STRASSE"), True),
        (Field("insurance", "contains", "aß"), True),
        (Field("insurance", "at-least", "9"), False),
        (Field("age", "at-least", "9"), True),
        (Field("age", "at-most", "9"), False),
        (Field("since", "at-least", "2026-11-01"), True),
        (Field("since", "at-most", "2026-11-01"), False),
        (Field("first_name", "is", " ALICE "), True),
        (Field("source", "known"), False),
        (Field("utm_source", "one-of", values=("bing", "Google")), True),
        (Did("booked", None, 14), True),
        (Did("booked", None, 13), False),
        (Did("booked", None, None, 2), False),
        (Not(Did("clicked", "book")), True),
        (Scored("at-least", 20), True),
        (Scored("at-most", 19.9), False),
        (Group("any", ()), False),
    ],
)
def test_what_each_kind_means(db: Database, condition: Condition, so: bool) -> None:
    run = _a_run(db)
    alice = Person(
        {"first_name": "Alice", "utm": {"utm_source": "google "}, "score_rank": scoring.rank_of(20, NOW, HALF_LIFE)},
        {"insurance": " Straße ", "age": "10", "since": "2026-11-24"},
        frozenset(),
        [
            ("booked", None, 14 * DAY - 1, None, None),
            ("clicked", "book", 60, 60, "scanner"),
            ("clicked", "book", 1, 9, None),
        ],
    )
    with db.write() as conn:
        clinic_of = _add(conn, run, [alice])
        told = load_knowledge(conn, clinic_of, kinds_asked(condition), NOW)
        assert [holds(condition, each) for each in told.values()] == [so]
        assert (_found(conn, run.clinic, condition, clinic_of) != set()) is so


def test_knowledge_takes_one_query_a_kind_and_none_that_is_not_asked_for(db: Database) -> None:
    run = _a_run(db)
    with db.write() as conn:
        clinic_of = _add(conn, run, [Person({}, {"age": "9"}, frozenset({"vip"}), []) for _ in range(20)])
        assert _queries(conn, lambda: load_knowledge(conn, clinic_of, frozenset(), NOW)) == 0
        assert _queries(conn, lambda: load_knowledge(conn, clinic_of, {Tagged}, NOW)) == 1
        every = {Tagged, Field, Scored, Did, Clicked, Answered, Confirmed, Interested}
        assert _queries(conn, lambda: load_knowledge(conn, clinic_of, every, NOW)) == 6


def _queries(conn: Connection, work: Callable[[], object]) -> int:
    seen: list[str] = []

    def keep(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sa.event.listen(conn, "before_cursor_execute", keep)
    work()
    sa.event.remove(conn, "before_cursor_execute", keep)
    return len(seen)


@dataclass(frozen=True)
class Run:
    """A clinic with a lead in a campaign: mails hang on it."""

    clinic: int
    lead: int
    ids: dict[str, int]


_RUNS: WeakKeyDictionary[Database, Run] = WeakKeyDictionary()


def _a_run(db: Database) -> Run:
    if db not in _RUNS:
        with db.write() as conn:
            clinic_id = a_house(conn)
            lead_id = a_lead(conn, clinic_id)
            _RUNS[db] = Run(clinic_id, lead_id, a_run(conn, clinic_id, lead_id))
    return _RUNS[db]


def _add(conn: Connection, run: Run, folks: Sequence[Person]) -> dict[int, int]:
    """The clinic by new lead."""
    clinic_of = {}
    for person in folks:
        lead_id = a_lead(conn, run.clinic, **person.columns)
        marks.set_fields(
            conn, [FieldMark(run.clinic, lead_id, name, text) for name, text in person.fields.items()], NOW
        )
        marks.add_tags(conn, [TagMark(run.clinic, lead_id, tag) for tag in person.tags], NOW)
        for kind, link, ago, wait, flag in person.happened:
            counts_at = None if wait is None else NOW - ago + wait
            did(conn, run.clinic, lead_id, kind, NOW - ago, link=link, counts_at=counts_at, flag=flag)
        for ago_or_none in person.mailed:
            a_mail(conn, run.clinic, lead_id, run.ids, None if ago_or_none is None else NOW - ago_or_none)
        clinic_of[lead_id] = run.clinic
    return clinic_of


def _found(conn: Connection, clinic_id: int, condition: Condition, among: Collection[int]) -> set[int]:
    query = sa.select(lead.c.id).where(
        lead.c.id.in_(list(among)), condition_sql.clause(condition, clinic_id, NOW, HALF_LIFE)
    )
    return set(conn.execute(query).scalars())
