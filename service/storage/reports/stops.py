"""Who asked us to stop in a span, or marked a mail as spam: how, after which mail, and what had held them back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from service.storage.reports.cube import Cube, holds
from service.storage.tables import event, message

SPAM = "complaint"
MEASURES = ("stopped",)


def stops(clinic_id: int, since: int, until: int) -> Cube:
    """One row a person. Dimensions: how, campaign and step of the mail that they stopped from (else of the last one
    before), told: their last answer to what holds them back."""
    gone = sa.union_all(_asked(clinic_id, since, until), _complained(clinic_id, since, until)).subquery("gone")
    mail = sa.func.coalesce(gone.c.message_id, _last_mail(gone))
    query = sa.select(
        gone.c.lead_id,
        gone.c.how,
        message.c.campaign_id.label("campaign"),
        message.c.step,
        _told(gone).label("told"),
        holds(sa.true()).label("stopped"),
    ).select_from(gone.outerjoin(message, message.c.id == mail))
    return Cube.of(query, MEASURES, once=True)


def _asked(clinic_id: int, since: int, until: int) -> sa.Select[Any]:
    """The last time that each asked in the span."""
    later = event.alias("later")
    again = sa.exists().where(
        later.c.lead_id == event.c.lead_id,
        later.c.kind == "unsubscribed",
        later.c.at < until,
        sa.tuple_(later.c.at, later.c.id) > sa.tuple_(event.c.at, event.c.id),
    )
    return sa.select(
        event.c.lead_id,
        event.c.at,
        event.c.message_id,
        sa.func.coalesce(event.c.data["how"].as_string(), "page").label("how"),
    ).where(*_stopped(event, clinic_id, since, until), ~again)


def _complained(clinic_id: int, since: int, until: int) -> sa.Select[Any]:
    """Who marked a mail as spam and did not ask besides."""
    other = message.alias("other")
    first = ~sa.exists().where(
        other.c.lead_id == message.c.lead_id,
        other.c.complained_at >= since,
        other.c.complained_at < until,
        other.c.id < message.c.id,
    )
    asked = sa.exists().where(event.c.lead_id == message.c.lead_id, *_stopped(event, clinic_id, since, until))
    return sa.select(message.c.lead_id, message.c.complained_at, message.c.id, sa.literal(SPAM)).where(
        message.c.clinic_id == clinic_id,
        message.c.complained_at.is_not(None),
        message.c.complained_at >= since,
        message.c.complained_at < until,
        first,
        ~asked,
    )


def _stopped(row: sa.FromClause, clinic_id: int, since: int, until: int) -> tuple[ColumnElement[bool], ...]:
    return row.c.clinic_id == clinic_id, row.c.kind == "unsubscribed", row.c.at >= since, row.c.at < until


def _last_mail(gone: sa.Subquery) -> sa.ScalarSelect[Any]:
    return (
        sa.select(message.c.id)
        .where(message.c.lead_id == gone.c.lead_id, message.c.accepted_at <= gone.c.at, ~message.c.service)
        .order_by(message.c.accepted_at.desc(), message.c.id.desc())
        .limit(1)
        .correlate(gone)
        .scalar_subquery()
    )


def _told(gone: sa.Subquery) -> sa.ScalarSelect[Any]:
    return (
        sa.select(event.c.link)
        .where(event.c.lead_id == gone.c.lead_id, event.c.kind == "answered", event.c.at <= gone.c.at)
        .order_by(event.c.at.desc(), event.c.id.desc())
        .limit(1)
        .correlate(gone)
        .scalar_subquery()
    )
