"""A lead's timeline: events, messages and non-sends, each as stored, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.tables import enrollment, event, message, refusal

MOST = 300


@dataclass(frozen=True, slots=True)
class EventRow:
    id: int
    at: int
    kind: str
    link: str | None
    counts_at: int | None
    flag: str | None
    message_id: int | None
    enrollment_id: int | None
    appointment_id: int | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SendRow:
    id: int
    enrollment_id: int
    campaign_id: int
    version_id: int
    step: str
    mail: str
    service: bool
    state: str
    created_at: int
    due_at: int
    reason: str | None
    why: Mapping[str, Any]
    accepted_at: int | None
    delivered_at: int | None
    bounced_at: int | None
    complained_at: int | None
    provider: str


@dataclass(frozen=True, slots=True)
class RefusalRow:
    id: int
    enrollment_id: int
    campaign_id: int
    version_id: int
    at: int
    step: str
    kind: str
    guard: str
    reason: str
    until: int | None
    facts: Mapping[str, Any]


def events(conn: Connection, lead_id: int) -> list[EventRow]:
    columns = [event.c[name] for name in EventRow.__dataclass_fields__]
    query = sa.select(*columns).where(event.c.lead_id == lead_id)
    return [EventRow(*row) for row in conn.execute(query.order_by(event.c.at.desc(), event.c.id.desc()).limit(MOST))]


def sends(conn: Connection, lead_id: int) -> list[SendRow]:
    columns = [message.c[name] for name in SendRow.__dataclass_fields__]
    query = sa.select(*columns).where(message.c.lead_id == lead_id)
    rows = conn.execute(query.order_by(message.c.created_at.desc(), message.c.id.desc()).limit(MOST))
    return [SendRow(*row) for row in rows]


def refusals(conn: Connection, lead_id: int) -> list[RefusalRow]:
    """Each with its run's version, so that its step can be named as it was."""
    names = list(RefusalRow.__dataclass_fields__)
    columns = [enrollment.c.version_id if name == "version_id" else refusal.c[name] for name in names]
    query = (
        sa.select(*columns)
        .join(enrollment, enrollment.c.id == refusal.c.enrollment_id)
        .where(refusal.c.lead_id == lead_id)
    )
    rows = conn.execute(query.order_by(refusal.c.at.desc(), refusal.c.id.desc()).limit(MOST))
    return [RefusalRow(*row) for row in rows]
