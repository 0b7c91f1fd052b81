"""Who signed up in a span and gave a number: how soon somebody here called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from service.domain.timing import DAY, HOUR, MINUTE
from service.storage import people
from service.storage.reports.buckets import bucket
from service.storage.reports.cube import Cube, holds
from service.storage.tables import lead

MEASURES = ("asked", "called", "within", "uncalled", "booked")
WAITS = (0, 15 * MINUTE, HOUR, 4 * HOUR, DAY, 3 * DAY)  # from sign-up to the first call
NOT_CALLED, BOOKED = -1, -2
_took: ColumnElement[Any] = lead.c.called_at - lead.c.created_at


def calls(clinic_id: int, since: int, until: int, weeks: Sequence[int], aim: int) -> Cube:
    """Dimensions: week (a place in `weeks`), wait (a place in WAITS, NOT_CALLED or BOOKED: needed no call).
    `within`: at most `aim` seconds after the sign-up."""
    no_call, booked = lead.c.called_at.is_(None), people.reached("booked")
    wait = sa.case(
        (sa.and_(no_call, booked), BOOKED), (no_call, NOT_CALLED), else_=bucket(_took, [*WAITS, 2**40])
    )  # fmt: skip
    query = sa.select(
        lead.c.id.label("lead_id"),
        bucket(lead.c.created_at, weeks).label("week"),
        wait.label("wait"),
        holds(sa.true()).label("asked"),
        holds(~no_call).label("called"),
        holds(sa.and_(~no_call, _took <= aim)).label("within"),
        holds(sa.and_(no_call, ~booked)).label("uncalled"),
        holds(sa.and_(no_call, booked)).label("booked"),
    )
    return Cube.of(query.where(*_in(clinic_id, since, until)), MEASURES, once=True)


@dataclass(frozen=True, slots=True)
class Called:
    """So many were called, the middle one of them after `median` seconds. `week`: a place in the weeks; None: all."""

    week: int | None
    median: int
    called: int
    within: int


def medians(
    conn: Connection, clinic_id: int, since: int, until: int, weeks: Sequence[int], aim: int
) -> list[Called]:  # fmt: skip
    """Of each week in which somebody was called, and of all of them first."""
    week = bucket(lead.c.created_at, weeks)
    called = (*_in(clinic_id, since, until), lead.c.called_at.is_not(None))
    return [*_middles(conn, sa.null(), called, aim), *_middles(conn, week, called, aim)]


def _middles(conn: Connection, by: ColumnElement[Any], called: Sequence[ColumnElement[bool]], aim: int) -> list[Called]:
    took = sa.case((_took < 0, 0), else_=_took)
    rows = sa.select(by.label("at"), took.label("took")).where(*called).subquery()
    at, ordered = rows.c.at, rows.c.took
    placed = sa.select(
        at,
        ordered,
        sa.func.row_number().over(partition_by=at, order_by=ordered).label("place"),
        sa.func.count().over(partition_by=at).label("people"),
        sa.func.sum(holds(ordered <= aim)).over(partition_by=at).label("within"),
    ).subquery()
    one, two = (placed.c.people + 1) // 2, (placed.c.people + 2) // 2
    query = (
        sa.select(placed.c.at, sa.func.avg(placed.c.took), sa.func.max(placed.c.people), sa.func.max(placed.c.within))
        .where(placed.c.place.in_([one, two]))
        .group_by(placed.c.at)
        .order_by(placed.c.at)
    )
    return [Called(week, int(middle), people, int(within)) for week, middle, people, within in conn.execute(query)]


def _in(clinic_id: int, since: int, until: int) -> tuple[ColumnElement[bool], ...]:
    span = (lead.c.clinic_id == clinic_id, lead.c.created_at >= since, lead.c.created_at < until)
    return *span, people.can_be_called()
