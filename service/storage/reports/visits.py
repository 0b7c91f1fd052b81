"""Visits of a span by practitioner and week: whose, and how much time they take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.reports.buckets import bucket
from service.storage.reports.cube import Cube, holds
from service.storage.tables import appointment

MEASURES = ("visits", "missed")


def visits(clinic_id: int, weeks: Sequence[int]) -> Cube:
    """Dimensions: practitioner, week (a place in `weeks`). `missed`: who did not come. A cancelled visit is none."""
    query = sa.select(
        appointment.c.lead_id,
        appointment.c.practitioner_id.label("practitioner"),
        bucket(appointment.c.starts_at, weeks).label("week"),
        holds(sa.true()).label("visits"),
        holds(appointment.c.state == "no-show").label("missed"),
    ).where(*_in(clinic_id, weeks))
    return Cube.of(query, MEASURES)


def taken(conn: Connection, clinic_id: int, weeks: Sequence[int]) -> dict[tuple[int, int], int]:
    """Seconds of visits, by practitioner and week."""
    week = bucket(appointment.c.starts_at, weeks).label("week")
    rows = sa.select(
        appointment.c.practitioner_id, week, (appointment.c.ends_at - appointment.c.starts_at).label("took")
    ).where(*_in(clinic_id, weeks))
    each = rows.subquery()
    query = sa.select(each.c.practitioner_id, each.c.week, sa.func.sum(each.c.took))
    found: Any = conn.execute(query.group_by(each.c.practitioner_id, each.c.week))
    return {(who, at): int(took) for who, at, took in found}


def _in(clinic_id: int, weeks: Sequence[int]) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        appointment.c.clinic_id == clinic_id,
        appointment.c.starts_at >= weeks[0],
        appointment.c.starts_at < weeks[-1],
        appointment.c.state != "cancelled",
    )
