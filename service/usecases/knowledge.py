"""What conditions ask about leads, for many leads at once: one query a kind, and only the kinds that are asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import get_args

from sqlalchemy.engine import Connection

from service.domain.campaign import Anchor, Definition
from service.domain.conditions import (
    BUILT_IN,
    Answered,
    Clicked,
    Condition,
    Confirmed,
    Deed,
    Did,
    Field,
    Happened,
    Interested,
    Scored,
    Tagged,
    leaves,
)
from service.domain.scoring import points_at
from service.domain.timing import day_start
from service.storage import clinics, known, marks

DATES = "field:"
_DEEDS: tuple[str, ...] = get_args(Deed)
_OF_THE_ROW: frozenset[type] = frozenset({Field, Scored, Confirmed, Interested})


@dataclass(slots=True)
class Knowledge:
    """domain.conditions.Known of one lead; what was not asked for is empty. `fields` holds the BUILT_IN names too;
    `events` are those that count, oldest first; `clicked` and `answered` say every one of them, whenever it was."""

    now: int = 0
    clicked: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()
    confirmed: bool = False
    interest: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    score: float = 0.0
    events: Sequence[Happened] = ()


def asked(definition: Definition) -> frozenset[type]:
    """The kinds of condition that a campaign asks of who is in it; a date to count from is asked like a field."""
    dated = any(_dated(getattr(step, "anchor", None)) for step in definition.steps.values())
    kinds = definition.asks & {Did, Field, Scored, Tagged}
    return kinds | {Field} if dated else kinds


def kinds_asked(condition: Condition) -> frozenset[type]:
    """The kinds of a condition's leaves."""
    return frozenset(type(leaf) for leaf in leaves(condition))


def load_knowledge(
    conn: Connection, clinic_of: Mapping[int, int], asks: Collection[type], now: int
) -> dict[int, Knowledge]:
    """By lead: every one of `clinic_of`, which tells each lead's clinic. At most six queries."""
    found = {lead_id: Knowledge(now) for lead_id in clinic_of}
    if not found:
        return found
    if not _OF_THE_ROW.isdisjoint(asks):
        _rows(conn, found, asks, now)
    if Tagged in asks:
        for lead_id, tags in marks.tags_of(conn, found).items():
            found[lead_id].tags = tags
    deeds = _deeds(asks)
    if deeds:
        for lead_id, events in known.events(conn, found, deeds, now).items():
            _happened(found[lead_id], events)
    return found


def _rows(conn: Connection, found: dict[int, Knowledge], asks: Collection[type], now: int) -> None:
    made = marks.fields_of(conn, found) if Field in asks else {}
    houses = clinics.everyone(conn) if Scored in asks else {}
    for lead_id, row in known.leads(conn, found).items():
        one = found[lead_id]
        one.confirmed, one.interest = row.confirmed, row.own.get("interest")
        if houses:
            one.score = points_at(row.rank, now, houses[row.clinic_id].score_half_life)
        # a field of the clinic's making never stands in for a column of the lead's row
        others = {name: value for name, value in made.get(lead_id, {}).items() if name not in BUILT_IN}
        one.fields = {**others, **row.own}


def _deeds(asks: Collection[type]) -> Collection[str]:
    if Did in asks:
        return _DEEDS
    return [deed for kind, deed in ((Clicked, "clicked"), (Answered, "answered")) if kind in asks]


def _happened(one: Knowledge, events: Sequence[Happened]) -> None:
    one.events = events
    one.clicked = frozenset(each.link for each in events if each.kind == "clicked" and each.link is not None)
    one.answered = frozenset(each.link for each in events if each.kind == "answered" and each.link is not None)


def date_anchors(definition: Definition, fields: Mapping[str, str], zone: str) -> dict[str, int]:
    """The dates among a lead's fields that steps count from, as the instants at which those days begin in `zone`."""
    found = {}
    for step in definition.steps.values():
        anchor = getattr(step, "anchor", None)
        if anchor is not None and _dated(anchor):
            day = read_day(fields.get(anchor.what.removeprefix(DATES), ""))
            if day is not None:
                found[anchor.what] = day_start(day.toordinal(), zone)
    return found


def read_day(text: str) -> date | None:
    """A date as a field holds it: 2026-11-24, anything behind it left out."""
    try:
        day = date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2200 else None


def _dated(anchor: Anchor | None) -> bool:
    return anchor is not None and anchor.what.startswith(DATES)
