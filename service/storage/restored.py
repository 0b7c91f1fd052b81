"""After a backup was put back: what was due while its later days were lost, and what the provider tells of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.enrollment import EnrollmentState
from service.domain.message import MessageState
from service.storage import enrollments, settings
from service.storage.enrollments import DueRow
from service.storage.inserts import insert_many_new
from service.storage.locks import lock_rows
from service.storage.run_states import RUNNING
from service.storage.tables import audit, delivery_event, enrollment, event, inbox, message, refusal

GUARD = "restored"
_KEY = "restored"
_OPEN = ("planned", "in_flight", "in_doubt")


@dataclass(frozen=True, slots=True)
class Lost:
    """From the backup's newest moment to when it was put back: what was done in between is not known here."""

    since: int
    until: int


def lost(conn: Connection) -> Lost | None:
    """None where no backup was put back of late."""
    found = settings.get(conn, _KEY)
    return Lost(**json.loads(found)) if found else None


def remember(conn: Connection, span: Lost) -> None:
    settings.put(conn, _KEY, json.dumps({"since": span.since, "until": span.until}))


def forget(conn: Connection) -> None:
    settings.remove(conn, _KEY)


def newest_moment(conn: Connection) -> int:
    """The last instant of which this database knows."""
    instants = (message.c.created_at, message.c.settled_at, event.c.at, audit.c.at, refusal.c.at, inbox.c.received_at)
    parts = [sa.select(sa.func.max(column)).scalar_subquery() for column in instants]
    return max((at for at in conn.execute(sa.select(*parts)).one() if at is not None), default=0)


def hold(conn: Connection, now: int) -> int:
    """Holds every run that is due, whatever else holds it; gives how many."""
    due = (enrollment.c.state.in_(RUNNING), enrollment.c.due_at <= now)
    lock_rows(conn, enrollment, *due)
    held = {"state": int(EnrollmentState.PAUSED), "guard": GUARD, "revision": enrollment.c.revision + 1}
    return conn.execute(sa.update(enrollment).where(*due).values(held)).rowcount


def doubt(conn: Connection) -> int:
    """Whatever was on its way when the backup was made has long gone out, or has not: only the provider or a person can
    say. Gives how many."""
    open_ones = (message.c.state.in_(_OPEN),)
    lock_rows(conn, message, *open_ones)
    doubted = {
        "state": MessageState.IN_DOUBT.value,
        "reason": "a backup was put back while it was on its way",
        "lease_until": None,
        "tries": sa.case((message.c.tries < 2, 2), else_=message.c.tries),  # never once more by itself
        "fence": message.c.fence + 1,
    }
    return conn.execute(sa.update(message).where(*open_ones).values(doubted)).rowcount


def any_held(conn: Connection) -> bool:
    query = sa.select(enrollment.c.id).where(enrollment.c.state == int(EnrollmentState.PAUSED))
    return conn.execute(query.where(enrollment.c.guard == GUARD).limit(1)).first() is not None


def held(conn: Connection, after: int, limit: int) -> list[DueRow]:
    """Those that are held, by rising id from behind `after` on."""
    query = (
        sa.select(enrollment.c.id)
        .where(enrollment.c.state == int(EnrollmentState.PAUSED), enrollment.c.guard == GUARD, enrollment.c.id > after)
        .order_by(enrollment.c.id)
        .limit(limit)
    )
    rows = enrollments.with_leads(conn, conn.execute(query).scalars().all())
    return sorted(rows, key=lambda row: row.id)


def reported(conn: Connection, refs: Collection[str]) -> dict[str, int]:
    """Those of the refs that a provider's report names though no message of ours does, each with its first instant."""
    query = (
        sa.select(delivery_event.c.ref, sa.func.min(delivery_event.c.at))
        .where(delivery_event.c.ref.in_(list(refs)), delivery_event.c.message_id.is_(None))
        .group_by(delivery_event.c.ref)
    )
    return {ref: at for ref, at in conn.execute(query)}


def reopen_reports(conn: Connection, refs: Collection[str]) -> None:
    """Reports that were closed because their message never came are applied after all."""
    conn.execute(
        sa.update(delivery_event)
        .where(delivery_event.c.ref.in_(list(refs)), delivery_event.c.message_id.is_(None))
        .values(applied_at=None)
    )


def add_sent(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """Messages that the provider had, as rows of `message`; gives the ids of those that were not here."""
    return set(insert_many_new(conn, message, rows, (message.c.id, message.c.enrollment_id))) if rows else set()
