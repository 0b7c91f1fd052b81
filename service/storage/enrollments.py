"""Enrollments: who is due, and how they move: only while the revision is the one that was decided on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from service.domain.decision import Place
from service.domain.enrollment import EnrollmentState
from service.storage import ids
from service.storage.tables import campaign, enrollment, lead

_ACTIVE: sa.ColumnElement[Any] = sa.literal_column("1")  # a literal, so that the partial index of due rows serves
RUNNING = (int(EnrollmentState.ACTIVE), int(EnrollmentState.PAUSED))


@dataclass(frozen=True, slots=True)
class DueRow:
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


_DUE = [
    *(enrollment.c[name] for name in list(DueRow.__dataclass_fields__)[:14]),
    lead.c.revision.label("lead_revision"),
    *(lead.c[name] for name in list(DueRow.__dataclass_fields__)[15:]),
]


_WITH_LEAD = sa.select(*_DUE).join(lead, lead.c.id == enrollment.c.lead_id)
_DUE_BY = (
    _WITH_LEAD.where(enrollment.c.state == _ACTIVE, enrollment.c.due_at <= bindparam("now"))
    .order_by(enrollment.c.due_at)
    .limit(bindparam("most"))
)


def due(conn: Connection, now: int, limit: int, without_clinics: Sequence[int] = ()) -> list[DueRow]:
    """The enrollments to decide on at `now`, longest due first; read without a lock."""
    query = _DUE_BY.where(enrollment.c.clinic_id.not_in(without_clinics)) if without_clinics else _DUE_BY
    return [DueRow(*row) for row in conn.execute(query, {"now": now, "most": limit})]


def with_leads(conn: Connection, enrollment_ids: Iterable[int]) -> list[DueRow]:
    return [DueRow(*row) for row in conn.execute(_WITH_LEAD.where(enrollment.c.id.in_(list(enrollment_ids))))]


def of_lead(conn: Connection, lead_id: int) -> list[DueRow]:
    """The lead's running enrollments, in order of their next hour."""
    query = _WITH_LEAD.where(enrollment.c.lead_id == lead_id, enrollment.c.state.in_(RUNNING))
    return [DueRow(*row) for row in conn.execute(query.order_by(enrollment.c.due_at))]


_NEXT_DUE = sa.select(enrollment.c.due_at).where(enrollment.c.state == _ACTIVE).order_by(enrollment.c.due_at).limit(1)


def next_due(conn: Connection, without_clinics: Sequence[int] = ()) -> int | None:
    """The earliest instant at which somebody is due."""
    query = _NEXT_DUE.where(enrollment.c.clinic_id.not_in(without_clinics)) if without_clinics else _NEXT_DUE
    return conn.execute(query).scalar()


_REVISIONS = (
    sa.select(enrollment.c.id, enrollment.c.revision, lead.c.revision)
    .join(lead, lead.c.id == enrollment.c.lead_id)
    .where(enrollment.c.id.in_(bindparam("read_ids", expanding=True)))
)
_ACTIVE_NOW = _REVISIONS.where(enrollment.c.state == _ACTIVE).order_by(enrollment.c.id)
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


def left(conn: Connection, enrollment_ids: Iterable[int]) -> dict[int, str]:
    """Those of them that have left their series for good, with the reason."""
    query = sa.select(enrollment.c.id, enrollment.c.reason).where(
        enrollment.c.id.in_(list(enrollment_ids)), enrollment.c.state == int(EnrollmentState.EXITED)
    )
    return {row_id: reason or "left" for row_id, reason in conn.execute(query)}


_ADD = sa.insert(enrollment)


def add(
    conn: Connection,
    *,
    clinic_id: int,
    lead_id: int,
    campaign_id: int,
    version_id: int,
    entry_key: str,
    appointment_id: int | None,
    place: Place,
    now: int,
    guard: str | None,
) -> int:
    """A new run; paused from the start when `guard` names why."""
    enrollment_id = ids.new()
    conn.execute(
        _ADD,
        {
            "id": enrollment_id,
            "clinic_id": clinic_id,
            "lead_id": lead_id,
            "campaign_id": campaign_id,
            "version_id": version_id,
            "entry_key": entry_key,
            "appointment_id": appointment_id,
            "state": int(EnrollmentState.PAUSED if guard else EnrollmentState.ACTIVE),
            "step": place.step,
            "since": place.since,
            "due_at": place.due,
            "guard": guard,
            "entered_at": now,
        },
    )
    return enrollment_id


_MOVE = (
    sa.update(enrollment)
    .where(enrollment.c.id == bindparam("row_id"))
    .values(
        state=bindparam("to_state"),
        step=bindparam("to_step"),
        visit=bindparam("to_visit"),
        since=bindparam("to_since"),
        due_at=bindparam("to_due"),
        held_at=bindparam("to_held"),
        guard=bindparam("to_guard"),
        ended_at=bindparam("to_ended"),
        reason=bindparam("to_reason"),
        revision=enrollment.c.revision + 1,
    )
)


def move(conn: Connection, moves: Sequence[Mapping[str, Any]]) -> None:
    """Each mapping: row_id and to_state, to_step, to_visit, to_since, to_due, to_held, to_guard, to_ended, to_reason.
    The rows are locked by `unchanged` before."""
    if moves:
        conn.execute(_MOVE, list(moves))


@dataclass(frozen=True, slots=True)
class RunRow:
    """An enrollment as its campaign counts it."""

    id: int
    clinic_id: int
    lead_id: int
    campaign_id: int
    step: str
    state: int
    reason: str | None
    ended_at: int | None
    due_at: int
    guard: str | None


_RUN = [enrollment.c[name] for name in RunRow.__dataclass_fields__]
_RUNS = (
    sa.select(*_RUN)
    .where(
        enrollment.c.lead_id == bindparam("of_lead"),
        enrollment.c.campaign_id == bindparam("of_campaign"),
        enrollment.c.entry_key == bindparam("under_key"),
    )
    .order_by(enrollment.c.entered_at.desc(), enrollment.c.id.desc())
)
_OF_FAMILY = (
    sa.select(*_RUN)
    .join(campaign, campaign.c.id == enrollment.c.campaign_id)
    .where(
        enrollment.c.lead_id == bindparam("of_lead"),
        enrollment.c.state.in_(RUNNING),
        campaign.c.family == bindparam("of_family"),
        campaign.c.id != bindparam("but"),
    )
    .order_by(enrollment.c.id)
)


def runs(conn: Connection, lead_id: int, campaign_id: int, entry_key: str) -> list[RunRow]:
    """All runs of a lead through a campaign under one key, newest first."""
    rows = conn.execute(_RUNS, {"of_lead": lead_id, "of_campaign": campaign_id, "under_key": entry_key})
    return [RunRow(*row) for row in rows]


def running(
    conn: Connection,
    *,
    lead_id: int | None = None,
    appointment_id: int | None = None,
    campaign_ids: Sequence[int] | None = None,
) -> list[RunRow]:
    """Running enrollments that match, locked in the order of their ids where the database locks rows."""
    query = sa.select(*_RUN).where(enrollment.c.state.in_(RUNNING)).order_by(enrollment.c.id)
    if lead_id is not None:
        query = query.where(enrollment.c.lead_id == lead_id)
    if appointment_id is not None:
        query = query.where(enrollment.c.appointment_id == appointment_id)
    if campaign_ids is not None:
        query = query.where(enrollment.c.campaign_id.in_(campaign_ids))
    if conn.dialect.name == "postgresql":
        query = query.with_for_update()
    return [RunRow(*row) for row in conn.execute(query)]


def end(conn: Connection, enrollment_ids: Sequence[int], reason: str, now: int) -> None:
    """Leaves for good: exits are final."""
    conn.execute(
        sa.update(enrollment)
        .where(enrollment.c.id.in_(enrollment_ids), enrollment.c.state.in_(RUNNING))
        .values(
            state=int(EnrollmentState.EXITED),
            reason=reason,
            ended_at=now,
            guard=None,
            revision=enrollment.c.revision + 1,
        )
    )


def wake(conn: Connection, enrollment_ids: Sequence[int], at: int) -> None:
    """Decided on at `at` at the latest: something happened that a branch may wait for."""
    conn.execute(
        sa.update(enrollment)
        .where(enrollment.c.id.in_(enrollment_ids), enrollment.c.state == _ACTIVE, enrollment.c.due_at > at)
        .values(due_at=at, revision=enrollment.c.revision + 1)
    )


def look_again(conn: Connection, campaign_id: int, version_id: int, steps: Collection[str], now: int) -> None:
    """Whoever stands on one of these steps is decided on now: nobody's place changes by a look."""
    conn.execute(
        sa.update(enrollment)
        .where(
            enrollment.c.campaign_id == campaign_id,
            enrollment.c.version_id == version_id,
            enrollment.c.step.in_(steps),
            enrollment.c.state == _ACTIVE,
            enrollment.c.due_at > now,
        )
        .values(due_at=now, revision=enrollment.c.revision + 1)
    )


def freeze(conn: Connection, campaign_id: int, guard: str) -> int:
    """Pauses every active run of a campaign in place; gives their number."""
    return _shift(conn, campaign_id, (EnrollmentState.ACTIVE, None), (EnrollmentState.PAUSED, guard))


def thaw(conn: Connection, campaign_id: int, guard: str) -> int:
    """Sets those going that `guard` had paused, where they stand."""
    return _shift(conn, campaign_id, (EnrollmentState.PAUSED, guard), (EnrollmentState.ACTIVE, None))


def _shift(
    conn: Connection,
    campaign_id: int,
    old: tuple[EnrollmentState, str | None],
    new: tuple[EnrollmentState, str | None],
) -> int:
    query = sa.update(enrollment).where(enrollment.c.campaign_id == campaign_id, enrollment.c.state == int(old[0]))
    if old[1] is not None:
        query = query.where(enrollment.c.guard == old[1])
    done = conn.execute(query.values(state=int(new[0]), guard=new[1], revision=enrollment.c.revision + 1))
    return done.rowcount


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
    return [DueRow(*row) for row in conn.execute(query)]


def counts(conn: Connection, now: int, overdue_after: int, without_clinics: Sequence[int] = ()) -> tuple[int, int]:
    """How many are due now, and how many of them for longer than `overdue_after` seconds."""
    query = sa.select(sa.func.count(), sa.func.count().filter(enrollment.c.due_at < now - overdue_after)).where(
        enrollment.c.state == _ACTIVE, enrollment.c.due_at <= now
    )
    if without_clinics:
        query = query.where(enrollment.c.clinic_id.not_in(without_clinics))
    row = conn.execute(query).one()
    return row[0], row[1]


def families(conn: Connection, lead_id: int, family: str, but_campaign: int) -> list[RunRow]:
    """The lead's running enrollments in other campaigns of a family."""
    rows = conn.execute(_OF_FAMILY, {"of_lead": lead_id, "of_family": family, "but": but_campaign})
    return [RunRow(*row) for row in rows]


def take_back(conn: Connection, lead_id: int, reason: str, ended_at: int, now: int) -> int:
    """Sets those runs going again that this very exit ended, at once where their hour has passed; gives their number.
    A run whose campaign has taken the lead anew meanwhile stays ended; one of a paused campaign waits with it."""
    newer = enrollment.alias()
    paused = sa.exists().where(campaign.c.id == enrollment.c.campaign_id, campaign.c.state == "paused")
    done = conn.execute(
        sa.update(enrollment)
        .where(
            enrollment.c.lead_id == lead_id,
            enrollment.c.state == int(EnrollmentState.EXITED),
            enrollment.c.reason == reason,
            enrollment.c.ended_at == ended_at,
            ~sa.exists().where(
                newer.c.lead_id == lead_id,
                newer.c.campaign_id == enrollment.c.campaign_id,
                newer.c.entry_key == enrollment.c.entry_key,
                newer.c.state.in_(RUNNING),
            ),
        )
        .values(
            state=sa.case((paused, int(EnrollmentState.PAUSED)), else_=int(EnrollmentState.ACTIVE)),
            guard=sa.case((paused, "campaign-paused")),
            reason=None,
            ended_at=None,
            due_at=sa.case((enrollment.c.due_at < now, now), else_=enrollment.c.due_at),
            revision=enrollment.c.revision + 1,
        )
    )
    return done.rowcount


def release_guard(conn: Connection, lead_id: int, guard: str, at: int) -> None:
    """What this guard holds back is decided on anew at `at`."""
    conn.execute(
        sa.update(enrollment)
        .where(enrollment.c.lead_id == lead_id, enrollment.c.state == _ACTIVE, enrollment.c.guard == guard)
        .values(due_at=at, revision=enrollment.c.revision + 1)
    )
