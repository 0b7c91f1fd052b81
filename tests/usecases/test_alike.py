"""Whoever shares a verdict with others gets the one that would have been reached for them alone."""

from __future__ import annotations

from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.acts import SplitStep, Variant
from service.domain.campaign import Arm, BranchStep, Definition, MailStep, Step, WaitStep
from service.domain.conditions import Clicked, Condition, Confirmed, Interested
from service.domain.decision import Exit, Send
from service.domain.enrollment import Facts
from service.domain.entry import Entry
from service.domain.rate import DayFull
from service.domain.timing import DAY, HOUR, Hour, Window, local_day
from service.storage.clinics import ClinicRow
from service.storage.enrollments import DueRow
from service.storage.suppressions import SuppressionRow
from service.usecases.alike import Verdict, Verdicts
from service.usecases.closures import Closed
from service.usecases.compose import Composed
from service.usecases.knowledge import Knowledge, asked
from service.usecases.loaded import Link, Loaded
from service.usecases.plan_batch import Planned
from service.usecases.take_batch import Rows, rows_of
from tests.support.clock import NOW
from tests.support.definitions import LINKS, TAGS, definitions

CLINIC = ClinicRow(
    **{each.name: "" for each in fields(ClinicRow) if each.init and each.name != "brake"}  # type: ignore[arg-type]
    | {"id": 1, "slug": "sun", "zone": "America/Chicago", "locale": "en", "cap_day": 1, "cap_week": 3}
    | {"overdue_after": 12 * HOUR, "stopped_at": None, "braked_at": None, "quiet_from": None, "quiet_to": None}
    | {"rate_second": None, "rate_day": None, "brake_off_at": None}
)
ALWAYS = Window(frozenset(range(7)), 0, 1440, "lead")
TODAY = local_day(NOW, "America/Chicago")
OWN = frozenset({"lead_id", "confirmed", "interest"})  # what is known of each, whoever shares a verdict


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """Seldom one of the others, so that what is rare seldom hides what it is rare against."""
    return st.sampled_from((*[usual] * 5 * len(others), *others))


def rows(draw: st.DrawFn, definition: Definition, name: str) -> list[DueRow]:
    """People of whom many differ by nothing that a decision looks at, and the others by `name` alone."""
    base = _kind(draw, definition)
    other = base._replace(**{name: next(value for value in _DIFFERS[name] if value != getattr(base, name))})
    people = draw(st.lists(st.tuples(st.sampled_from((base, other)), _own), min_size=4, max_size=12))
    return [
        kind._replace(id=100 + at, lead_id=200 + at, version_id=kind.campaign_id, **own)
        for at, (kind, own) in enumerate(people)
    ]


_DIFFERS: dict[str, tuple[Any, Any]] = {
    "campaign_id": (1, 2),
    "visit": (1, 2),
    "due_at": (NOW - 60, NOW - 2 * DAY),
    "held_at": (None, NOW - HOUR),
    "guard": (None, "paused"),
    "zone": ("America/Chicago", "Asia/Tokyo"),
    "consent": ("given", "withdrawn"),
    "paused_until": (None, NOW + DAY),
    "pace": ("as-planned", "weekly"),
    "refused_topics": ((), ("how",)),
    "minor": (False, True),
    "urgent": (False, True),
}


_own = st.fixed_dictionaries(
    {
        "entered_at": st.sampled_from((NOW - 9 * DAY, NOW - 3 * DAY)),
        "since": st.sampled_from((NOW - 2 * DAY, NOW - 90)),
        "interest": st.sampled_from((None, "sciatica")),
        "confirmed_at": st.sampled_from((None, NOW - DAY)),
        "consent_at": st.sampled_from((None, NOW - 9 * DAY)),
        "first_name": st.sampled_from((None, "Alice")),
        "email_key": mostly("b", "a"),
        "visits": mostly(None, {"m0": 1}),
    }
)


def _kind(draw: st.DrawFn, definition: Definition) -> DueRow:
    version = draw(mostly(*_DIFFERS["campaign_id"]))
    forks = [key for key, step in definition.steps.items() if isinstance(step, BranchStep)]
    return DueRow(
        id=0,
        clinic_id=1,
        lead_id=0,
        campaign_id=version,
        version_id=version,
        appointment_id=None,
        step=draw(st.sampled_from(forks or [definition.first]) | st.sampled_from(sorted(definition.steps))),
        visit=draw(mostly(*_DIFFERS["visit"])),
        since=0,
        due_at=draw(mostly(*_DIFFERS["due_at"])),
        held_at=draw(mostly(*_DIFFERS["held_at"])),
        guard=draw(mostly(*_DIFFERS["guard"])),
        entered_at=0,
        visits=None,
        revision=1,
        lead_revision=1,
        email="alice@example.org",
        email_key="a",
        first_name=None,
        zone=draw(mostly(*_DIFFERS["zone"])),
        locale="en",
        interest=None,
        consent=draw(mostly(*_DIFFERS["consent"])),
        consent_at=None,
        confirmed_at=None,
        paused_until=draw(mostly(*_DIFFERS["paused_until"])),
        pace=draw(mostly(*_DIFFERS["pace"])),
        refused_topics=draw(mostly(*_DIFFERS["refused_topics"])),
        minor=draw(mostly(*_DIFFERS["minor"])),
        urgent=draw(mostly(*_DIFFERS["urgent"])),
    )


_MAIL = MailStep("m0", "m0", "m0", topic="how")


def _short(first: Step) -> Definition:
    """One step at which all stand, and a mail."""
    return Definition("series", "Series", Entry("by-hand"), first.key, {"m0": _MAIL, first.key: first}, window=ALWAYS)


def _fork(when: Condition) -> Definition:
    return _short(BranchStep("b0", (Arm("yes", when, "m0"),), "no"))


_shorts = st.sampled_from(
    [
        *(_short(_MAIL), _short(replace(_MAIL, at_once=True)), _short(replace(_MAIL, service=True))),
        *(_fork(Interested("sciatica")), _fork(Confirmed()), _fork(Clicked(LINKS[0]))),
        _short(WaitStep("w0", hour=Hour(600, frozenset({1, 3})), then="m0")),
        _short(SplitStep("t0", (Variant("one", 5_000, "m0"), Variant("two", 5_000, None)))),
    ]
)


@st.composite
def worlds(draw: st.DrawFn, name: str) -> tuple[Loaded, list[DueRow], frozenset[int]]:
    """What was read of a batch; the campaigns that are paused."""
    definition = draw(_shorts | _shorts | definitions(anchors=False))
    definition = replace(definition, goal=draw(mostly("booked", "confirmed")))
    batch = rows(draw, definition, name)
    leads = [row.lead_id for row in batch]
    loaded = Loaded({1: definition, 2: definition}, NOW, clinics={1: CLINIC})
    loaded.closed = {1: Closed(draw(mostly(frozenset(), frozenset({TODAY}))), {})}
    loaded.slots = {1: draw(st.integers(0, 2))}
    loaded.restored_until = draw(mostly(0, NOW))
    loaded.asking = frozenset({1, 2} if asked(definition) else ())
    known = [Knowledge(tags=frozenset(TAGS)), Knowledge(score=20.0), Knowledge()]
    loaded.knowledge = {lead: draw(st.sampled_from(known)) for lead in leads} if loaded.asking else {}
    loaded.stops = draw(
        st.sampled_from(({}, {}, {"a": [SuppressionRow(1, None, "a", "unsubscribed", NOW, None, None, None)]}))
    )
    places = st.sampled_from(([(TODAY, 1)], [(TODAY, 1), (TODAY - 3, 1)], [(TODAY - 6, 1), (TODAY - 3, 1)]))
    loaded.mailed = draw(st.dictionaries(st.sampled_from(leads), places, max_size=2))
    loaded.hits = draw(st.dictionaries(st.sampled_from(leads), _hits, max_size=1))
    loaded.chosen = {
        row.id: {row.step: step.variants[0].label}
        for row in batch
        if isinstance(step := definition.steps[row.step], SplitStep) and draw(st.booleans())
    }
    return loaded, batch, draw(mostly(frozenset(), frozenset({2})))


_hits = st.lists(
    st.builds(
        Link,
        st.sampled_from(("clicked", "answered")),
        st.sampled_from(LINKS),
        st.just(NOW - 2 * DAY),
        st.sampled_from((NOW - DAY, NOW + 60)),
    ),
    min_size=1,
    max_size=2,
)


@pytest.mark.parametrize("name", sorted(_DIFFERS))
@settings(max_examples=15)
@given(st.data())
def test_a_shared_verdict_is_the_one_that_each_would_have_had_alone(name: str, data: st.DataObject) -> None:
    loaded, batch, resting = data.draw(worlds(name))
    together, turned = Verdicts(loaded, resting), Verdicts(loaded, resting)
    shared = [together.of(row) for row in batch]
    for row in reversed(batch):  # nor does it matter who stood first
        turned.of(row)
    for row, found in zip(batch, shared, strict=True):
        alone = Verdicts(loaded, resting).of(row)
        assert found.decision == alone.decision
        assert turned.of(row).decision == alone.decision
        assert _common(found.facts) == _common(alone.facts)
        assert _written(row, found) == _written(row, alone)


@given(st.data())
def test_a_full_day_is_decided_for_each_anew(data: st.DataObject) -> None:
    loaded, batch, _ = data.draw(worlds("pace"))
    verdicts, full = Verdicts(loaded, ()), DayFull(9, 9, False, NOW + 8 * HOUR)
    for row in batch:
        found = verdicts.of(row)
        if isinstance(found.decision, Send) and not found.step.service:
            later = verdicts.full(row, found, full)
            assert not isinstance(later.decision, Send)
            assert verdicts.of(row).decision == found.decision  # nobody else's verdict has changed


def test_those_who_stand_alike_share_one_verdict_and_whoever_is_known_better_has_one_of_their_own() -> None:
    definition = _short(_MAIL)
    kind = DueRow(
        *(0, 1, 0, 1, 1, None, "m0", 1, 0, NOW - 60, None, None, NOW - DAY, None, 1, 1, "a@example.org", "a", "Alice"),
        *("America/Chicago", "en", None, "given", NOW - DAY, None, None, "as-planned", (), False, False),
    )
    alice, dana, bob = (kind._replace(id=at, lead_id=at, email_key=key) for at, key in enumerate("adb"))
    loaded = Loaded({1: definition}, NOW, clinics={1: CLINIC}, closed={1: Closed(frozenset(), {})})
    loaded.stops = {"b": [SuppressionRow(1, None, "b", "unsubscribed", NOW, None, None, None)]}
    verdicts = Verdicts(loaded, ())
    assert verdicts.of(alice) is verdicts.of(dana)
    assert verdicts.of(bob) is not verdicts.of(alice)
    assert isinstance(verdicts.of(bob).decision, Exit)


def _common(facts: Facts) -> dict[str, Any]:
    return {each.name: getattr(facts, each.name) for each in fields(Facts) if each.name not in OWN}


def _written(row: DueRow, verdict: Verdict) -> Rows:
    sends = isinstance(verdict.decision, Send)
    composed = cast("Composed", SimpleNamespace(letter=SimpleNamespace(ref="r"), kept="{}", useful_until=None))
    return rows_of(Planned(row, verdict, composed if sends else None, row.id), NOW, "outbox")
