"""Who signed up in a span: how far they came, where from, and how long it took them to book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from service.domain.timing import DAY
from service.storage import people
from service.storage.reports.buckets import bucket
from service.storage.reports.cube import Cube, holds
from service.storage.tables import appointment, lead

UTM = ("source", "medium", "campaign")
WAITS = (0, DAY, 3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 60 * DAY)  # from sign-up to the first booking
NOT_YET = -1


def signups(clinic_id: int, since: int, until: int, weeks: Sequence[int]) -> Cube:
    """Dimensions: source, utm_source, utm_medium, utm_campaign, week (a place in `weeks`); measures: people.REACHED."""
    marks = [sa.func.nullif(lead.c.utm[name].as_string(), "").label(f"utm_{name}") for name in UTM]
    query = sa.select(
        lead.c.id.label("lead_id"),
        lead.c.source_id.label("source"),
        *marks,
        bucket(lead.c.created_at, weeks).label("week"),
        *(holds(people.reached(name)).label(name) for name in people.REACHED),
    )
    return Cube.of(query.where(*_in(clinic_id, since, until)), people.REACHED, once=True)


def waits(clinic_id: int, since: int, until: int) -> Cube:
    """Dimension: wait, a place in WAITS or NOT_YET; measures: signed-up, booked."""
    took = _first_booking() - lead.c.created_at
    edges = [*WAITS, 2**40]
    place = sa.case((took.is_(None), NOT_YET), else_=bucket(took, edges))
    query = sa.select(
        lead.c.id.label("lead_id"),
        place.label("wait"),
        holds(sa.true()).label("signed-up"),
        holds(people.reached("booked")).label("booked"),
    )
    return Cube.of(query.where(*_in(clinic_id, since, until)), ("signed-up", "booked"), once=True)


@dataclass(frozen=True, slots=True)
class Took:
    """So many people, who booked after so many days, or (`booked` false) have been waited for so long."""

    days: int
    booked: bool
    people: int


def took(conn: Connection, clinic_id: int, since: int, until: int, now: int) -> list[Took]:
    """How long until the first booking, in whole days, or how long there has been none."""
    first = _first_booking()
    days = ((sa.func.coalesce(first, now) - lead.c.created_at) // sa.literal_column(str(DAY))).label("days")
    done: ColumnElement[Any] = sa.case((first.is_(None), 0), else_=1).label("done")
    rows = sa.select(days, done).where(*_in(clinic_id, since, until)).subquery()
    query = sa.select(rows.c.days, rows.c.done, sa.func.count()).group_by(rows.c.days, rows.c.done)
    return [Took(max(0, days), bool(done), people) for days, done, people in conn.execute(query)]


def _first_booking() -> sa.ScalarSelect[int]:
    """When a lead first booked. A visit that a merge brought from before the sign-up counts as at once."""
    return (
        sa.select(sa.func.min(appointment.c.booked_at))
        .where(appointment.c.lead_id == lead.c.id)
        .correlate(lead)
        .scalar_subquery()
    )


def _in(clinic_id: int, since: int, until: int) -> tuple[ColumnElement[bool], ...]:
    return lead.c.clinic_id == clinic_id, lead.c.created_at >= since, lead.c.created_at < until
