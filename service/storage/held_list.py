"""Mail that waits for a person: held by a rule, or in doubt."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.messages import ROW, MessageRow
from service.storage.planned import OVERDUE
from service.storage.tables import campaign, enrollment, lead, message

MOST = 200
UNDECIDED = ("in_doubt",)  # states of a message that a person may put an end to
# Each by itself: SQLite does not see that a list of one is an equality, and would not use the state's own index.
_UNDECIDED = sa.or_(*(message.c.state == sa.literal_column(f"'{state}'") for state in UNDECIDED))
_PAUSED: sa.ColumnElement[Any] = sa.literal_column("2")  # as the index says it
GUARDS = ("restored", "overdue", "content-broken", "content-expired")


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A person whose mail is held by `guard`, or (guard "in-doubt") whose message is in doubt."""

    lead_id: int
    first_name: str | None
    last_name: str | None
    email: str | None
    zone: str
    campaign: str
    version_id: int
    step: str
    guard: str
    at: int
    provider: str = ""
    message_id: int = 0
    reason: str | None = None

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.email or "Nobody named"


_WHO = (lead.c.id, lead.c.first_name, lead.c.last_name, lead.c.email, lead.c.zone, campaign.c.name)


def held(conn: Connection, clinic_id: int) -> list[HeldLine]:
    runs = enrollment.alias("run")
    query = (
        sa.select(*_WHO, runs.c.version_id, runs.c.step, runs.c.guard, runs.c.due_at)
        .select_from(runs)
        .join(lead, lead.c.id == runs.c.lead_id)
        .join(campaign, campaign.c.id == runs.c.campaign_id)
        .where(runs.c.id.in_(sa.union_all(*(_first(clinic_id, guard) for guard in GUARDS))))
        .order_by(runs.c.due_at, runs.c.id)
        .limit(MOST)
    )
    found = [HeldLine(*row) for row in conn.execute(query)] + _late_messages(conn, clinic_id)
    return sorted(found, key=lambda line: line.at)[:MOST]


def _first(clinic_id: int, guard: str) -> sa.Select[Any]:
    """The ids of the oldest that one guard holds, as an index has them."""
    mine = enrollment.c.clinic_id == clinic_id, enrollment.c.state == _PAUSED, enrollment.c.guard == guard
    order = enrollment.c.due_at, enrollment.c.id
    first = sa.select(enrollment.c.id).where(*mine).order_by(*order).limit(MOST).subquery()
    return sa.select(first.c.id)


def count(conn: Connection, clinic_id: int) -> dict[str, int]:
    """How many people wait for a decision, by what holds them."""
    runs = (
        sa.select(enrollment.c.guard, sa.func.count())
        .where(enrollment.c.clinic_id == clinic_id, enrollment.c.state == _PAUSED, enrollment.c.guard.in_(GUARDS))
        .group_by(enrollment.c.guard)
    )
    late = sa.select(sa.func.count()).where(
        message.c.state == sa.literal_column("'planned'"), message.c.reason == OVERDUE, message.c.clinic_id == clinic_id
    )
    found = {guard: number for guard, number in conn.execute(runs)}
    found[OVERDUE] = found.get(OVERDUE, 0) + conn.execute(late).scalar_one()
    return found


def _late_messages(conn: Connection, clinic_id: int) -> list[HeldLine]:
    """Mails that the provider put off for so long that a person must decide."""
    query = (
        sa.select(
            *_WHO, message.c.version_id, message.c.step, sa.literal(OVERDUE), message.c.created_at,
            message.c.provider, message.c.id,
        )
        .select_from(message)
        .join(lead, lead.c.id == message.c.lead_id)
        .join(campaign, campaign.c.id == message.c.campaign_id)
        .where(message.c.state == sa.literal_column("'planned'"), message.c.reason == OVERDUE)
        .where(message.c.clinic_id == clinic_id)
        .order_by(message.c.created_at, message.c.id)
        .limit(MOST)
    )  # fmt: skip
    return [HeldLine(*row) for row in conn.execute(query)]


def in_doubt(conn: Connection, clinic_id: int) -> list[HeldLine]:
    query = (
        sa.select(
            *_WHO, message.c.version_id, message.c.step, sa.literal("in-doubt"), message.c.created_at,
            message.c.provider, message.c.id, message.c.reason,
        )
        .select_from(message)
        .join(lead, lead.c.id == message.c.lead_id)
        .join(campaign, campaign.c.id == message.c.campaign_id)
        .where(_UNDECIDED, message.c.clinic_id == clinic_id)
        .order_by(message.c.created_at, message.c.id)
        .limit(MOST)
    )  # fmt: skip
    return [HeldLine(*row) for row in conn.execute(query)]


def lock_undecided(conn: Connection, clinic_id: int, message_ids: Collection[int]) -> dict[int, int]:
    """Those of the messages that still wait for a word, with their leads; nobody else settles them meanwhile."""
    query = (
        sa.select(message.c.id, message.c.lead_id)
        .where(message.c.id.in_(list(message_ids)), message.c.clinic_id == clinic_id, message.c.state.in_(UNDECIDED))
        .order_by(message.c.id)
    )
    if conn.dialect.name == "postgresql":
        query = query.with_for_update()
    return {message_id: lead_id for message_id, lead_id in conn.execute(query)}


def doubts(conn: Connection, clinic_id: int | None, limit: int = MOST) -> list[tuple[HeldLine, MessageRow]]:
    """Who is in doubt, longest first, with the message as it stands; of every clinic where none is named."""
    query = (
        sa.select(*_WHO, *ROW)
        .select_from(message)
        .join(lead, lead.c.id == message.c.lead_id)
        .join(campaign, campaign.c.id == message.c.campaign_id)
        .where(_UNDECIDED)
        .order_by(message.c.created_at, message.c.id)
        .limit(limit)
    )
    if clinic_id is not None:
        query = query.where(message.c.clinic_id == clinic_id)
    found = []
    for values in conn.execute(query):
        row = MessageRow(*values[len(_WHO) :])
        about = (row.version_id, row.step, "in-doubt", row.created_at, row.provider, row.id, row.reason)
        found.append((HeldLine(*[*values[: len(_WHO)], *about]), row))
    return found
