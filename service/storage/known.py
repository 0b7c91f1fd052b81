"""What is known of many leads for their conditions: one query a kind."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.conditions import Happened
from service.storage.condition_sql import COUNTS_AT, MAILED, OWN
from service.storage.tables import event, lead, message

_OWN = [expression.label(name) for name, expression in OWN.items()]
_LEADS = sa.select(lead.c.id, lead.c.clinic_id, lead.c.confirmed_at, lead.c.score_rank, *_OWN).where(
    lead.c.id.in_(sa.bindparam("lead_ids", expanding=True))
)
_EVENTS = (
    sa.select(event.c.lead_id, event.c.kind, event.c.link, event.c.at)
    .where(
        event.c.lead_id.in_(sa.bindparam("lead_ids", expanding=True)),
        event.c.kind.in_(sa.bindparam("kinds", expanding=True)),
        event.c.at <= sa.bindparam("now"),
        event.c.flag.is_(None),
        sa.bindparam("now") >= COUNTS_AT,
    )
    .order_by(event.c.at, event.c.id)
)
_MAILS = (
    sa.select(message.c.lead_id, message.c.accepted_at)
    .where(
        message.c.lead_id.in_(sa.bindparam("lead_ids", expanding=True)), message.c.accepted_at <= sa.bindparam("now")
    )
    .order_by(message.c.accepted_at, message.c.id)
)


@dataclass(frozen=True, slots=True)
class LeadKnown:
    """`own`: the BUILT_IN fields that are there."""

    clinic_id: int
    confirmed: bool
    rank: float | None
    own: dict[str, str]


def leads(conn: Connection, lead_ids: Collection[int]) -> dict[int, LeadKnown]:
    found = {}
    for lead_id, clinic_id, confirmed_at, rank, *own in conn.execute(_LEADS, {"lead_ids": list(lead_ids)}):
        there = {name: value for name, value in zip(OWN, own, strict=True) if value is not None}
        found[lead_id] = LeadKnown(clinic_id, confirmed_at is not None, rank, there)
    return found


def events(conn: Connection, lead_ids: Collection[int], kinds: Collection[str], now: int) -> dict[int, list[Happened]]:
    """What counts at `now`, oldest first; the mails handed over are asked for by the kind `mailed`."""
    found: dict[int, list[Happened]] = {}
    of_leads = list(lead_ids)
    asked = [kind for kind in kinds if kind != MAILED]
    if asked:
        for lead_id, kind, link, at in conn.execute(_EVENTS, {"lead_ids": of_leads, "kinds": asked, "now": now}):
            found.setdefault(lead_id, []).append(Happened(kind, link, at))
    if MAILED in kinds:
        for lead_id, at in conn.execute(_MAILS, {"lead_ids": of_leads, "now": now}):
            found.setdefault(lead_id, []).append(Happened(MAILED, None, at))
    return found
