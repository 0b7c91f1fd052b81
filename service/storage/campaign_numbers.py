"""A campaign in numbers of people: at each step, each person counted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.tables import appointment, enrollment, lead, message

FACES = 3
_GOAL = "goal-met"
_PEOPLE = sa.func.count(sa.distinct(enrollment.c.lead_id))


@dataclass(slots=True)
class CampaignNumbers:
    entered: int = 0
    here: int = 0
    booked: int = 0
    left: int = 0
    ended: int = 0


@dataclass(slots=True)
class StepNumbers:
    """`waits` and `left`: people who stand, or stood at last, at the step, before it was taken. `faces` are names."""

    sent: int = 0
    clicked: int = 0
    visited: int = 0
    waits: int = 0
    left: int = 0
    faces: list[str] = field(default_factory=list)


def of_clinic(conn: Connection, clinic_id: int) -> dict[int, CampaignNumbers]:
    """By campaign. A person who ran twice through a campaign counts once in each number."""
    state, goal = enrollment.c.state, enrollment.c.reason == _GOAL
    who = enrollment.c.lead_id
    query = (
        sa.select(
            enrollment.c.campaign_id,
            _PEOPLE,
            sa.func.count(sa.distinct(sa.case((state.in_([1, 2]), who)))),
            sa.func.count(sa.distinct(sa.case((sa.and_(state == 4, goal), who)))),
            sa.func.count(sa.distinct(sa.case((sa.and_(state == 4, ~goal), who)))),
            sa.func.count(sa.distinct(sa.case((state == 3, who)))),
        )
        .where(enrollment.c.clinic_id == clinic_id)
        .group_by(enrollment.c.campaign_id)
    )
    return {row[0]: CampaignNumbers(*row[1:]) for row in conn.execute(query)}


def sent_by_campaign(conn: Connection, clinic_id: int) -> dict[int, int]:
    query = (
        sa.select(message.c.campaign_id, sa.func.count())
        .where(message.c.clinic_id == clinic_id, message.c.accepted_at.is_not(None))
        .group_by(message.c.campaign_id)
    )
    return {row[0]: row[1] for row in conn.execute(query)}


def steps(conn: Connection, campaign_id: int) -> dict[str, StepNumbers]:
    """By the step's key, of all versions together."""
    found: dict[str, StepNumbers] = {}

    def at(step: str) -> StepNumbers:
        return found.setdefault(step, StepNumbers())

    for step, sent, clicked in conn.execute(_mailed(campaign_id)):
        at(step).sent, at(step).clicked = sent, clicked
    for step, visited in conn.execute(_visited(campaign_id)):
        at(step).visited = visited
    for step, waits, left in conn.execute(_standing(campaign_id)):
        at(step).waits, at(step).left = waits, left
    for step, first, last in conn.execute(_faces(campaign_id)):
        at(step).faces.append(" ".join(part for part in (first, last) if part))
    return found


@dataclass(frozen=True, slots=True)
class DueLine:
    lead_id: int
    first_name: str | None
    last_name: str | None
    email: str | None
    zone: str
    version_id: int
    step: str
    due_at: int

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.email or "Nobody named"


def next_due(conn: Connection, campaign_id: int, steps_wanted: Sequence[str], limit: int = 20) -> list[DueLine]:
    """Who is due next at one of these steps, soonest first."""
    query = (
        sa.select(
            lead.c.id,
            lead.c.first_name,
            lead.c.last_name,
            lead.c.email,
            lead.c.zone,
            enrollment.c.version_id,
            enrollment.c.step,
            enrollment.c.due_at,
        )
        .join(lead, lead.c.id == enrollment.c.lead_id)
        .where(
            enrollment.c.campaign_id == campaign_id,
            enrollment.c.state == sa.literal_column("1"),
            enrollment.c.step.in_(list(steps_wanted)),
        )
        .order_by(enrollment.c.due_at, enrollment.c.id)
        .limit(limit)
    )
    return [DueLine(*row) for row in conn.execute(query)]


def _mailed(campaign_id: int) -> sa.Select[Any]:
    who = message.c.lead_id
    return (
        sa.select(
            message.c.step,
            sa.func.count(sa.distinct(sa.case((message.c.accepted_at.is_not(None), who)))),
            sa.func.count(sa.distinct(sa.case((message.c.clicked_at.is_not(None), who)))),
        )
        .where(message.c.campaign_id == campaign_id)
        .group_by(message.c.step)
    )


def _visited(campaign_id: int) -> sa.Select[Any]:
    return (
        sa.select(message.c.step, sa.func.count(sa.distinct(appointment.c.lead_id)))
        .join(appointment, appointment.c.message_id == message.c.id)
        .where(message.c.campaign_id == campaign_id)
        .group_by(message.c.step)
    )


def _standing(campaign_id: int) -> sa.Select[Any]:
    who, state = enrollment.c.lead_id, enrollment.c.state
    left = sa.and_(state == 4, enrollment.c.reason != _GOAL)
    return (
        sa.select(
            enrollment.c.step,
            sa.func.count(sa.distinct(sa.case((state.in_([1, 2]), who)))),
            sa.func.count(sa.distinct(sa.case((left, who)))),
        )
        .where(enrollment.c.campaign_id == campaign_id, state.in_([1, 2, 4]))
        .group_by(enrollment.c.step)
    )


def _faces(campaign_id: int) -> sa.Select[Any]:
    """The first few who wait at each step."""
    place = sa.func.row_number().over(partition_by=enrollment.c.step, order_by=[enrollment.c.due_at, enrollment.c.id])
    ranked = (
        sa.select(enrollment.c.step, enrollment.c.lead_id, place.label("place"))
        .where(enrollment.c.campaign_id == campaign_id, enrollment.c.state.in_([1, 2]))
        .subquery()
    )
    return (
        sa.select(ranked.c.step, lead.c.first_name, lead.c.last_name)
        .join(lead, lead.c.id == ranked.c.lead_id)
        .where(ranked.c.place <= FACES)
        .order_by(ranked.c.step, ranked.c.place)
    )
