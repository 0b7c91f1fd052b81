"""Who booked in a span, and what came before it: the last counted click or the last mail, within a window."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from service.domain.timing import DAY
from service.storage.reports.cube import Cube, holds
from service.storage.tables import appointment, event, lead, message

CLICK, MAIL, NEITHER = "click", "mail", "neither"
MEASURES = ("booked", "clicked", "mailed", "alone", "attended", "lost")


def bookings(clinic_id: int, since: int, until: int, window_days: int) -> Cube:
    """One row a person: the first booking of the span. Dimensions: campaign and step of the mail that it is credited
    to (NULL for none), source. `clicked`, `mailed`, `alone`: what came before it; `lost`: cancelled or not come to."""
    first = _first(clinic_id, since, until)
    credited = sa.select(
        first.c.lead_id,
        first.c.state,
        sa.func.coalesce(first.c.message_id, _last_click(first, window_days)).label("click"),
        _last_mail(first, window_days).label("mail"),
    ).subquery("credited")
    by = credited.outerjoin(message, message.c.id == sa.func.coalesce(credited.c.click, credited.c.mail)).join(
        lead, lead.c.id == credited.c.lead_id
    )
    clicked = credited.c.click.is_not(None)
    query = sa.select(
        credited.c.lead_id,
        lead.c.source_id.label("source"),
        message.c.campaign_id.label("campaign"),
        message.c.step,
        holds(sa.true()).label("booked"),
        holds(clicked).label("clicked"),
        holds(sa.and_(~clicked, credited.c.mail.is_not(None))).label("mailed"),
        holds(sa.and_(~clicked, credited.c.mail.is_(None))).label("alone"),
        holds(credited.c.state == "attended").label("attended"),
        holds(credited.c.state.in_(["cancelled", "no-show"])).label("lost"),
    ).select_from(by)
    return Cube.of(query, MEASURES, once=True)


def _first(clinic_id: int, since: int, until: int) -> sa.Subquery:
    """Of each person, the first booking made in the span."""
    earlier = appointment.alias("earlier")
    before = sa.tuple_(earlier.c.booked_at, earlier.c.id) < sa.tuple_(appointment.c.booked_at, appointment.c.id)
    same = sa.exists().where(earlier.c.lead_id == appointment.c.lead_id, earlier.c.booked_at >= since, before)
    return (
        sa.select(appointment.c.lead_id, appointment.c.state, appointment.c.message_id, appointment.c.booked_at)
        .where(
            appointment.c.clinic_id == clinic_id,
            appointment.c.booked_at >= since,
            appointment.c.booked_at < until,
            ~same,
        )
        .subquery("first")
    )


def _last_click(first: sa.Subquery, window_days: int) -> sa.ScalarSelect[Any]:
    return (
        sa.select(event.c.message_id)
        .where(
            event.c.lead_id == first.c.lead_id,
            event.c.kind == "clicked",
            event.c.flag.is_(None),
            event.c.message_id.is_not(None),
            *_within(event.c.at, first, window_days),
        )
        .order_by(event.c.at.desc(), event.c.id.desc())
        .limit(1)
        .correlate(first)
        .scalar_subquery()
    )


def _last_mail(first: sa.Subquery, window_days: int) -> sa.ScalarSelect[Any]:
    return (
        sa.select(message.c.id)
        .where(
            message.c.lead_id == first.c.lead_id,
            ~message.c.service,
            *_within(message.c.accepted_at, first, window_days),
        )
        .order_by(message.c.accepted_at.desc(), message.c.id.desc())
        .limit(1)
        .correlate(first)
        .scalar_subquery()
    )


def _within(at: ColumnElement[Any], first: sa.Subquery, window_days: int) -> tuple[ColumnElement[bool], ...]:
    return at <= first.c.booked_at, at > first.c.booked_at - window_days * DAY
