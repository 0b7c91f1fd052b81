"""Random campaigns with everything that stands around the steps, and the mails that they name."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from service.domain.campaign import Definition
from service.domain.conditions import EVERYONE
from service.domain.entry import DateEntry, Entry, Reentry
from service.domain.timing import DAY, HOUR, MINUTE, Delay
from tests.content.mails import mjml_file
from tests.support.definitions import ANSWERS, LINKS, TAGS, VALUES, conditions, definitions

_days = st.integers(0, 366)
_asked = st.none() | st.just(EVERYONE) | conditions
_dates = st.builds(
    DateEntry,
    st.sampled_from(("birthday", "Last_visit")),
    st.builds(Delay, _days),
    st.booleans(),
    st.integers(0, 1_439),
    st.booleans(),
).map(lambda date: date if date.delay.days else replace(date, before=False))
_occasions = (
    st.builds(Entry, st.just("signup"), st.frozensets(st.sampled_from(("sciatica", "12")), min_size=1))
    | st.builds(
        Entry,
        st.just("signup"),
        otherwise=st.just(True),
        sources=st.frozensets(st.sampled_from(("website", "Front desk"))),
        utm=st.sampled_from(((), (("utm_source", "a b"), ("utm_campaign", "spring")))),
    )
    | st.builds(Entry, st.just("clicked"), what=st.sampled_from(("", *LINKS)))
    | st.builds(Entry, st.just("answered"), what=st.sampled_from(("", *ANSWERS)))
    | st.builds(Entry, st.just("tag"), what=st.sampled_from(TAGS))
    | st.builds(Entry, st.just("field"), what=st.just("insurance"), value=st.sampled_from(("", *VALUES)))
    | st.builds(Entry, st.just("segment"), what=st.just("warm"))
    | st.builds(Entry, st.just("date"), date=_dates)
    | st.builds(Entry, st.sampled_from(("by-hand", "api", "letter", "stay", "opt-in-asked")))
)
_keyed = st.builds(Entry, st.sampled_from(("booked", "attended", "cancelled", "no-show")))
_again = st.builds(Reentry, st.sampled_from(("after", "rematch")), _days) | st.just(Reentry("never", 180))
_goals = st.sampled_from(("booked", "attended", "confirmed", "none")).map(lambda goal: (goal, None))
_patience = st.sampled_from((7 * DAY, DAY, 90 * MINUTE, 2 * DAY + 3 * HOUR, 366 * DAY))


@st.composite
def whole_definitions(draw: st.DrawFn) -> Definition:
    series = draw(definitions())
    visits = any(_counts_from_a_visit(step) for step in series.steps.values())
    entry = draw(_keyed if visits else _occasions | _keyed)
    goal, goal_when = draw(_goals | conditions.map(lambda when: ("condition", when)))
    leave = draw(st.sampled_from(("goal", "never", "mismatch", "either")))
    holidays, jitter = draw(st.booleans()), draw(st.sampled_from((0, 15)))
    return replace(
        series,
        name=draw(st.sampled_from(("Series", 'A "name": #1', "12", "  é\u00a0"))),
        family=draw(st.sampled_from(("series", "consultation"))),
        priority=draw(st.integers(0, 100)),
        entry=replace(entry, only=draw(_asked), never=draw(_asked), reentry=draw(_again)),
        goal=goal,
        goal_when=goal_when,
        leave=leave,
        matches=draw(conditions) if leave in ("mismatch", "either") else None,
        window=replace(series.window, holidays=holidays, jitter=jitter),
        patience=draw(_patience),
        reply_ends=draw(st.booleans()),
    )


def mails_for(definition: Definition) -> dict[str, tuple[str, str]]:
    """(MJML file, text file) of each mail that the definition names, with the titles and topics that it says."""
    found = {}
    for step in definition.mails():
        for name in filter(None, (step.mail, step.without_slots)):
            mjml = mjml_file("Hello", subject=step.title, service=step.service)
            found[name] = (mjml.replace("service:", f"topic: {step.topic}\nservice:", 1), "Hello.")
    return found


def _counts_from_a_visit(step: object) -> bool:
    anchor = getattr(step, "anchor", None)
    return getattr(step, "needs_visit", False) or (anchor is not None and anchor.what == "appointment")
