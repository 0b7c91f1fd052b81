"""A lead's runs through campaigns: which there are, and leaving them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from service.domain.enrollment import EnrollmentState
from service.storage.run_states import ACTIVE, RUNNING
from service.storage.tables import campaign, enrollment


def left(conn: Connection, enrollment_ids: Iterable[int]) -> dict[int, str]:
    """Those of them that have left their series for good, with the reason."""
    query = sa.select(enrollment.c.id, enrollment.c.reason).where(
        enrollment.c.id.in_(list(enrollment_ids)), enrollment.c.state == int(EnrollmentState.EXITED)
    )
    return {row_id: reason or "left" for row_id, reason in conn.execute(query)}


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
    entered_at: int


_RUN = [enrollment.c[name] for name in RunRow.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A run that goes on later."""

    id: int
    lead_id: int
    version_id: int
    step: str


_WAITING = sa.select(*(enrollment.c[name] for name in WaitingRow.__dataclass_fields__)).where(
    enrollment.c.lead_id.in_(bindparam("of_leads", expanding=True)),
    enrollment.c.state == ACTIVE,
    enrollment.c.due_at > bindparam("than"),
)


def waiting(conn: Connection, lead_ids: Iterable[int], at: int) -> list[WaitingRow]:
    """The leads' active runs that are due later than `at`; takes no lock."""
    return [WaitingRow(*row) for row in conn.execute(_WAITING, {"of_leads": sorted(set(lead_ids)), "than": at})]


def versions_of(conn: Connection, enrollment_ids: Iterable[int]) -> dict[int, int]:
    """By run, the version that it follows."""
    query = sa.select(enrollment.c.id, enrollment.c.version_id).where(enrollment.c.id.in_(list(enrollment_ids)))
    return {row_id: version_id for row_id, version_id in conn.execute(query)}


_NEWEST = (
    sa.select(*_RUN)
    .where(
        enrollment.c.lead_id.in_(bindparam("of_leads", expanding=True)),
        enrollment.c.campaign_id == bindparam("of_campaign"),
        enrollment.c.entry_key == bindparam("under_key"),
    )
    .order_by(enrollment.c.entered_at, enrollment.c.id)
)


_OF_FAMILY = (
    sa.select(*_RUN)
    .join(campaign, campaign.c.id == enrollment.c.campaign_id)
    .where(
        enrollment.c.lead_id.in_(bindparam("of_leads", expanding=True)),
        enrollment.c.state.in_(RUNNING),
        campaign.c.family == bindparam("of_family"),
        campaign.c.id != bindparam("but"),
    )
    .order_by(enrollment.c.id)
)


def newest(conn: Connection, campaign_id: int, entry_key: str, lead_ids: Iterable[int]) -> dict[int, RunRow]:
    """By lead: the newest run through this campaign under one key."""
    asked = {"of_leads": list(lead_ids), "of_campaign": campaign_id, "under_key": entry_key}
    return {row.lead_id: RunRow(*row) for row in conn.execute(_NEWEST, asked)}


def running(
    conn: Connection,
    *,
    lead_id: int | None = None,
    lead_ids: Sequence[int] | None = None,
    appointment_id: int | None = None,
    campaign_ids: Sequence[int] | None = None,
) -> list[RunRow]:
    """Running enrollments that match, locked in the order of their ids where the database locks rows."""
    query = sa.select(*_RUN).where(enrollment.c.state.in_(RUNNING)).order_by(enrollment.c.id)
    if lead_id is not None:
        query = query.where(enrollment.c.lead_id == lead_id)
    if lead_ids is not None:
        query = query.where(enrollment.c.lead_id.in_(lead_ids))
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


def families(conn: Connection, lead_ids: Iterable[int], family: str, but_campaign: int) -> list[RunRow]:
    """The leads' running enrollments in other campaigns of a family."""
    rows = conn.execute(_OF_FAMILY, {"of_leads": list(lead_ids), "of_family": family, "but": but_campaign})
    return [RunRow(*row) for row in rows]
