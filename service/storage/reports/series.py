"""Who entered a campaign in a span: where they stand, after which mail they booked or left, which way they went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from service.domain.timing import DAY
from service.storage import counted
from service.storage.reports.buckets import bucket
from service.storage.reports.cube import Cube, holds
from service.storage.tables import choice, enrollment, lead, message

BEFORE = "-"  # before the first mail
STEP_MEASURES = ("sent", "clicked", "booked", "left")
WAY_MEASURES = ("people", "reached")
COHORT_DAYS = (7, 14, 28)
RUN_MEASURES = (*counted.STANDINGS, *(f"goal-{days}" for days in COHORT_DAYS))


def runs(clinic_id: int, campaign_id: int, since: int, until: int, weeks: Sequence[int]) -> Cube:
    """Dimensions: source, week of entry (a place in `weeks`). Measures: counted.STANDINGS, and who reached the goal in
    so many days."""
    booked = counted.at(enrollment, "booked")
    soon = {
        f"goal-{days}": sa.and_(booked, enrollment.c.ended_at - enrollment.c.entered_at < days * DAY)
        for days in COHORT_DAYS
    }
    query = (
        sa.select(
            enrollment.c.lead_id,
            lead.c.source_id.label("source"),
            bucket(enrollment.c.entered_at, weeks).label("week"),
            *(holds(counted.at(enrollment, name)).label(name) for name in counted.STANDINGS),
            *(holds(condition).label(name) for name, condition in soon.items()),
        )
        .join(lead, lead.c.id == enrollment.c.lead_id)
        .where(*_entered(clinic_id, campaign_id, since, until))
    )
    return Cube.of(query, RUN_MEASURES, once=True)


def steps(clinic_id: int, campaign_id: int, since: int, until: int) -> Cube:
    """Dimension: step, BEFORE for none. `sent` and `clicked` of each mail; `booked` and `left` after that last one."""
    mailed = sa.select(
        message.c.lead_id,
        message.c.step,
        holds(message.c.accepted_at.is_not(None)).label("sent"),
        holds(message.c.clicked_at.is_not(None)).label("clicked"),
        sa.literal_column("0").label("booked"),
        sa.literal_column("0").label("left"),
    ).where(
        # Added to, no index is led by it: a person's few mails are looked up, not the campaign's millions.
        message.c.campaign_id + sa.literal_column("0") == campaign_id,
        message.c.lead_id.in_(_who(clinic_id, campaign_id, since, until)),
    )
    gone = sa.select(
        enrollment.c.lead_id,
        sa.func.coalesce(counted.last_mail(enrollment), BEFORE),
        sa.literal_column("0"),
        sa.literal_column("0"),
        holds(counted.at(enrollment, "booked")),
        holds(counted.at(enrollment, "left")),
    ).where(*_entered(clinic_id, campaign_id, since, until), enrollment.c.state == 4)
    rows = sa.union_all(mailed, gone).subquery("counted")
    return Cube(rows, {name: rows.c[name] == 1 for name in STEP_MEASURES})


def ways(clinic_id: int, campaign_id: int, since: int, until: int) -> Cube:
    """Dimensions: step (a split's), label of the way."""
    met = sa.and_(enrollment.c.state == 4, enrollment.c.reason == counted.GOAL)
    query = (
        sa.select(
            choice.c.lead_id,
            choice.c.step,
            choice.c.label,
            holds(sa.true()).label("people"),
            holds(met).label("reached"),
        )
        .join(enrollment, enrollment.c.id == choice.c.enrollment_id)
        .where(
            choice.c.clinic_id == clinic_id,
            choice.c.campaign_id == campaign_id,
            choice.c.lead_id.in_(_who(clinic_id, campaign_id, since, until)),
        )
    )
    return Cube.of(query, WAY_MEASURES)


def _entered(clinic_id: int, campaign_id: int, since: int, until: int) -> tuple[counted.Is, ...]:
    return (
        enrollment.c.clinic_id == clinic_id,
        enrollment.c.campaign_id == campaign_id,
        enrollment.c.entered_at >= since,
        enrollment.c.entered_at < until,
        counted.stands(),
    )


def _who(clinic_id: int, campaign_id: int, since: int, until: int) -> sa.Select[Any]:
    return sa.select(enrollment.c.lead_id).where(*_entered(clinic_id, campaign_id, since, until))
