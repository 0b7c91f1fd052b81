"""Which way of a split each run went."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.enrollment import EnrollmentState
from service.domain.trial import Way
from service.storage.either_way import listed
from service.storage.inserts import insert_many_new
from service.storage.tables import choice, enrollment


def add_many(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows of every column of `choice`. Who has gone one way keeps it."""
    if rows:
        insert_many_new(conn, choice, rows, (choice.c.enrollment_id, choice.c.lead_id))


_OF_RUNS = sa.select(choice.c.enrollment_id, choice.c.step, choice.c.label).where(
    listed(choice.c.enrollment_id, "split_ids")
)


def of_runs(conn: Connection, enrollment_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """By enrollment: the way taken at each split."""
    found: dict[int, dict[str, str]] = {}
    if not enrollment_ids:
        return found
    for enrollment_id, step, label in conn.execute(_OF_RUNS, {"split_ids": enrollment_ids}):
        found.setdefault(enrollment_id, {})[step] = label
    return found


def results(conn: Connection, clinic_id: int, campaign_id: int) -> dict[str, list[Way]]:
    """By split: each way with how many people went it, and how many of them reached the goal since. Who entered more
    than once is one person, and goes the same way each time."""
    met = sa.and_(enrollment.c.state == int(EnrollmentState.EXITED), enrollment.c.reason == "goal-met")
    people = sa.func.count(sa.distinct(choice.c.lead_id))
    goals = sa.func.count(sa.distinct(sa.case((met, choice.c.lead_id))))
    query = (
        sa.select(choice.c.step, choice.c.label, people, goals)
        .join(enrollment, enrollment.c.id == choice.c.enrollment_id)
        .where(choice.c.clinic_id == clinic_id, choice.c.campaign_id == campaign_id)
        .group_by(choice.c.step, choice.c.label)
        .order_by(choice.c.step, choice.c.label)
    )
    found: dict[str, list[Way]] = {}
    for step, label, people, goals in conn.execute(query):
        found.setdefault(step, []).append(Way(label, people, goals))
    return found
