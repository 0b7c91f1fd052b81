"""Who was held out in a span, and who was not: of splits with a holdout, and of letters with one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from service.domain.chance import HOLDOUT
from service.domain.timing import DAY
from service.storage import counted
from service.storage.letter_numbers import HELD_OUT
from service.storage.reports.cube import Cube, holds
from service.storage.tables import appointment, campaign, choice, enrollment, letter, message

OUT, IN = "held out", "treated"
MEASURES = ("people", "reached")


def trials(clinic_id: int, since: int, until: int, window_days: int) -> Cube:
    """Dimensions: campaign, step (of a split; "" for a letter), arm. `reached`: the series' goal; after a letter, who
    booked within the window."""
    rows = sa.union_all(_splits(clinic_id, since, until), _letters(clinic_id, since, until, window_days))
    counted_rows = rows.subquery("counted")
    return Cube(counted_rows, {name: counted_rows.c[name] == 1 for name in MEASURES})


def _splits(clinic_id: int, since: int, until: int) -> sa.Select[Any]:
    held = choice.alias("held")
    ours = sa.select(campaign.c.id).where(campaign.c.clinic_id == clinic_id)
    parted = sa.exists().where(
        held.c.campaign_id == choice.c.campaign_id, held.c.step == choice.c.step, held.c.label == HOLDOUT
    )
    met = sa.and_(enrollment.c.state == 4, enrollment.c.reason == counted.GOAL)
    return (
        sa.select(
            choice.c.lead_id,
            choice.c.campaign_id.label("campaign"),
            choice.c.step,
            sa.case((choice.c.label == HOLDOUT, OUT), else_=IN).label("arm"),
            holds(sa.true()).label("people"),
            holds(met).label("reached"),
        )
        .join(enrollment, enrollment.c.id == choice.c.enrollment_id)
        .where(choice.c.campaign_id.in_(ours), choice.c.at >= since, choice.c.at < until, parted)
    )


def _letters(clinic_id: int, since: int, until: int, window_days: int) -> sa.Select[Any]:
    """The held out against those who were sent it."""
    out = sa.and_(enrollment.c.state == 4, enrollment.c.reason == HELD_OUT)
    sent = sa.exists().where(message.c.enrollment_id == enrollment.c.id, message.c.accepted_at.is_not(None))
    booked = sa.exists().where(
        appointment.c.lead_id == enrollment.c.lead_id,
        appointment.c.booked_at >= enrollment.c.entered_at,
        appointment.c.booked_at < enrollment.c.entered_at + window_days * DAY,
    )
    lettered = sa.select(letter.c.campaign_id).where(letter.c.clinic_id == clinic_id, letter.c.holdout > 0)
    return sa.select(
        enrollment.c.lead_id,
        enrollment.c.campaign_id,
        sa.literal(""),
        sa.case((out, OUT), else_=IN),
        holds(sa.true()),
        holds(booked),
    ).where(
        enrollment.c.campaign_id.in_(lettered),
        enrollment.c.entered_at >= since,
        enrollment.c.entered_at < until,
        sa.or_(out, sent),
    )
