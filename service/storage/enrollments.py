"""Enrollments that are due or waiting, with what their lead's row says; and which of them are as they were read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from service.domain.enrollment import EnrollmentState
from service.storage.either_way import listed, one_of
from service.storage.run_states import ACTIVE, RUNNING
from service.storage.shards import of_shard
from service.storage.tables import campaign, enrollment, lead


class DueRow(NamedTuple):
    """An enrollment with what its lead's row says."""

    id: int
    clinic_id: int
    lead_id: int
    campaign_id: int
    version_id: int
    appointment_id: int | None
    step: str
    visit: int
    since: int
    due_at: int
    held_at: int | None
    guard: str | None
    entered_at: int
    visits: Mapping[str, int] | None
    revision: int
    lead_revision: int
    email: str | None
    email_key: str | None
    first_name: str | None
    zone: str
    locale: str
    interest: str | None
    consent: str
    consent_at: int | None
    confirmed_at: int | None
    paused_until: int | None
    pace: str
    refused_topics: Sequence[str]
    minor: bool
    urgent: bool


_DUE = [
    *(enrollment.c[name] for name in DueRow._fields[:15]),
    lead.c.revision.label("lead_revision"),
    *(lead.c[name] for name in DueRow._fields[16:]),
]


_WITH_LEAD = sa.select(*_DUE).join(lead, lead.c.id == enrollment.c.lead_id)


_first = enrollment.alias("first")
_FIRST = (
    sa.select(_first.c.lead_id)
    .where(_first.c.state == ACTIVE, _first.c.due_at <= bindparam("now"))
    .order_by(_first.c.due_at, _first.c.id)
    .limit(bindparam("most"))
)
_FIRST_OF_SHARD = _FIRST.where(of_shard(_first.c.lead_id))


def due(
    conn: Connection, now: int, limit: int, without_clinics: Sequence[int] = (), shard: int | None = None
) -> list[DueRow]:
    """The enrollments to decide on at `now`, longest due first; read without a lock: `limit` of them, and what else is
    due of the same leads, for that may go first. `shard`: of these leads alone."""
    first = _FIRST if shard is None else _FIRST_OF_SHARD
    if without_clinics:
        first = first.where(_first.c.clinic_id.not_in(without_clinics))
    asked = {"now": now, "most": limit} if shard is None else {"now": now, "most": limit, "shard": shard}
    rows = map(DueRow._make, conn.execute(_due_of(first), asked).all())
    return sorted(rows, key=attrgetter("due_at", "id"))


@lru_cache(maxsize=20)
def _due_of(first: sa.Select[tuple[int]]) -> sa.Select[Any]:
    # From those few leads to their runs, by the lead: "+ 0" hides the index of all that is due, which a database that
    # has not counted its rows of late may take for a short one.
    active = enrollment.c.state + sa.literal_column("0") == ACTIVE
    return _WITH_LEAD.where(one_of(enrollment.c.lead_id, first), active, enrollment.c.due_at <= bindparam("now"))


_GOING = _WITH_LEAD.where(enrollment.c.state == ACTIVE)
_GOING_OF = _GOING.where(
    enrollment.c.lead_id.in_(bindparam("lead_ids", expanding=True)),
    enrollment.c.id.not_in(bindparam("but", expanding=True)),
)


def going_of(conn: Connection, lead_ids: Iterable[int], but: Iterable[int] = ()) -> list[DueRow]:
    """The leads' active enrollments, `but` these."""
    asked = {"lead_ids": list(lead_ids), "but": list(but)}
    return [DueRow._make(row) for row in conn.execute(_GOING_OF, asked)]


def going_in(conn: Connection, clinic_id: int) -> list[DueRow]:
    """Every active enrollment of a clinic's campaigns that are live, in the order of their leads."""
    query = _GOING.join(campaign, campaign.c.id == enrollment.c.campaign_id).where(
        enrollment.c.clinic_id == clinic_id, campaign.c.state == "live"
    )
    return [DueRow._make(row) for row in conn.execute(query.order_by(enrollment.c.lead_id, enrollment.c.id))]


def stamp(conn: Connection, clinic_id: int) -> tuple[int, int]:
    """Differs whenever one of the clinic's running enrollments has moved, come or gone."""
    moved = sa.func.coalesce(sa.func.sum(enrollment.c.revision), 0)
    query = sa.select(sa.func.count(), moved).where(
        enrollment.c.clinic_id == clinic_id, enrollment.c.state.in_(RUNNING)
    )
    count, revisions = conn.execute(query).one()
    return count, int(revisions)


def resting_in(conn: Connection, clinic_id: int) -> dict[str, int]:
    """How many of a clinic's enrollments wait for a person or a paused campaign, by what holds them."""
    held = sa.case((campaign.c.state != "live", "campaign-paused"), else_=sa.func.coalesce(enrollment.c.guard, ""))
    query = (
        sa.select(held, sa.func.count())
        .join(campaign, campaign.c.id == enrollment.c.campaign_id)
        .where(enrollment.c.clinic_id == clinic_id, enrollment.c.state.in_(RUNNING))
        .where(sa.or_(enrollment.c.state == sa.literal_column("2"), campaign.c.state != "live"))
        .group_by(held)
    )
    return {guard: number for guard, number in conn.execute(query)}


def with_leads(conn: Connection, enrollment_ids: Iterable[int]) -> list[DueRow]:
    return [DueRow._make(row) for row in conn.execute(_WITH_LEAD.where(enrollment.c.id.in_(list(enrollment_ids))))]


def of_lead(conn: Connection, lead_id: int) -> list[DueRow]:
    """The lead's running enrollments, in order of their next hour."""
    query = _WITH_LEAD.where(enrollment.c.lead_id == lead_id, enrollment.c.state.in_(RUNNING))
    return [DueRow._make(row) for row in conn.execute(query.order_by(enrollment.c.due_at, enrollment.c.id))]


_NEXT_DUE = sa.select(enrollment.c.due_at).where(enrollment.c.state == ACTIVE).order_by(enrollment.c.due_at).limit(1)


def next_due(conn: Connection, without_clinics: Sequence[int] = ()) -> int | None:
    """The earliest instant at which somebody is due."""
    query = _NEXT_DUE.where(enrollment.c.clinic_id.not_in(without_clinics)) if without_clinics else _NEXT_DUE
    return conn.execute(query).scalar()


_REVISIONS = (
    sa.select(enrollment.c.id, enrollment.c.revision, lead.c.revision)
    .join(lead, lead.c.id == enrollment.c.lead_id)
    .where(listed(enrollment.c.id, "read_ids"))
)


_ACTIVE_NOW = _REVISIONS.where(enrollment.c.state == ACTIVE).order_by(enrollment.c.id)


_LOCKED = _ACTIVE_NOW.with_for_update(skip_locked=True, of=enrollment)


def unchanged(conn: Connection, rows: Sequence[DueRow]) -> set[int]:
    """Locks what is still as it was read, enrollment and lead alike; gives the ids. Rows in other hands fall out."""
    return _as_read(conn, _LOCKED if conn.dialect.name == "postgresql" else _ACTIVE_NOW, rows)


def still_as_read(conn: Connection, rows: Sequence[DueRow]) -> set[int]:
    """The ids of those that are as they were read, enrollment and lead alike, in whatever state; takes no lock."""
    return _as_read(conn, _REVISIONS, rows)


def _as_read(conn: Connection, query: sa.Select[Any], rows: Sequence[DueRow]) -> set[int]:
    read = {row.id: (row.revision, row.lead_revision) for row in rows}
    found = conn.execute(query, {"read_ids": list(read)})
    return {row_id for row_id, *revisions in found if read[row_id] == tuple(revisions)}


def held(conn: Connection, clinic_id: int, guard: str) -> list[DueRow]:
    """Those who wait for a person because of `guard`, locked where the database locks rows."""
    query = _WITH_LEAD.where(
        enrollment.c.clinic_id == clinic_id,
        enrollment.c.state == int(EnrollmentState.PAUSED),
        enrollment.c.guard == guard,
    )
    query = query.order_by(enrollment.c.id)
    if conn.dialect.name == "postgresql":
        query = query.with_for_update(of=enrollment)
    return [DueRow._make(row) for row in conn.execute(query)]


def counts(conn: Connection, now: int, overdue_after: int, without_clinics: Sequence[int] = ()) -> tuple[int, int]:
    """How many are due now, and how many of them for longer than `overdue_after` seconds."""
    query = sa.select(sa.func.count(), sa.func.count().filter(enrollment.c.due_at < now - overdue_after)).where(
        enrollment.c.state == ACTIVE, enrollment.c.due_at <= now
    )
    if without_clinics:
        query = query.where(enrollment.c.clinic_id.not_in(without_clinics))
    row = conn.execute(query).one()
    return row[0], row[1]
