"""Calls of webhooks: planned with the move that makes them, leased to one hand, settled by what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import literal_column
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.inserts import insert_many_new
from service.storage.tables import hook, hook_call

MOST = 300
SWITCHED_OFF = "the webhook was switched off"
# As literals: SQLite takes the partial index only for words that it can read.
_PLANNED: sa.ColumnElement[Any] = literal_column("'planned'")
_IN_FLIGHT: sa.ColumnElement[Any] = literal_column("'in_flight'")


@dataclass(frozen=True, slots=True)
class NewCall:
    clinic_id: int
    lead_id: int
    enrollment_id: int
    step: str
    visit: int
    hook_name: str


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call in our hands. `tries` counts this one, and tells it from a later hand's; `reason` is the last one's."""

    id: int
    clinic_id: int
    hook_id: int
    lead_id: int
    enrollment_id: int
    at: int
    tries: int
    name: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    reason: str | None


@dataclass(frozen=True, slots=True)
class ToldCall:
    """A call as a lead's timeline tells it."""

    name: str
    at: int
    state: str
    due_at: int
    tries: int
    reason: str | None
    done_at: int | None


def plan_calls(conn: Connection, calls: Sequence[NewCall], now: int) -> list[NewCall]:
    """Plans each call once: a second time does nothing. Gives those whose webhook does not exist or is off: they are
    not planned."""
    if not calls:
        return []
    known = {(row.clinic_id, row.name): row.id for row in conn.execute(_named(calls))}
    meant = [call for call in calls if (call.clinic_id, call.hook_name) in known]
    rows = [
        {
            "id": call_id,
            "clinic_id": call.clinic_id,
            "hook_id": known[call.clinic_id, call.hook_name],
            "lead_id": call.lead_id,
            "enrollment_id": call.enrollment_id,
            "step": call.step,
            "visit": call.visit,
            "at": now,
            "state": "planned",
            "due_at": now,
        }
        for call_id, call in zip(ids.take(len(meant)), meant, strict=True)
    ]
    if rows:
        insert_many_new(conn, hook_call, rows, (hook_call.c.id, hook_call.c.lead_id))
    return [call for call in calls if (call.clinic_id, call.hook_name) not in known]


def _named(calls: Sequence[NewCall]) -> sa.Select[tuple[int, int, str]]:
    return sa.select(hook.c.id, hook.c.clinic_id, hook.c.name).where(
        hook.c.clinic_id.in_({call.clinic_id for call in calls}),
        hook.c.name.in_({call.hook_name for call in calls}),
        hook.c.disabled_at.is_(None),
    )


def _due(now: int) -> tuple[sa.ColumnElement[bool], ...]:
    """Planned, or left behind by a hand whose lease has ended."""
    return hook_call.c.state.in_([_PLANNED, _IN_FLIGHT]), hook_call.c.due_at <= now


def any_due(conn: Connection, now: int) -> bool:
    return conn.execute(sa.select(hook_call.c.id).where(*_due(now)).limit(1)).first() is not None


def take(conn: Connection, now: int, lease_until: int, limit: int) -> list[CallRow]:
    """Takes due calls into this hand alone, the longest due first; of two of one age the one that was tried less."""
    order = (hook_call.c.due_at, hook_call.c.tries, hook_call.c.id)
    chosen = sa.select(hook_call.c.id).where(*_due(now)).order_by(*order).limit(limit)
    if conn.dialect.name == "postgresql":
        chosen = chosen.with_for_update(skip_locked=True)
    found = list(conn.execute(chosen).scalars())
    if not found:
        return []
    conn.execute(
        sa.update(hook_call)
        .where(hook_call.c.id.in_(found))
        .values(state="in_flight", due_at=lease_until, tries=hook_call.c.tries + 1)
    )
    return _rows(conn, found)


def _rows(conn: Connection, call_ids: Sequence[int]) -> list[CallRow]:
    columns = [
        (hook if name in ("name", "url", "secret") else hook_call).c[name] for name in CallRow.__dataclass_fields__
    ]
    query = sa.select(*columns).join(hook, hook.c.id == hook_call.c.hook_id).where(hook_call.c.id.in_(call_ids))
    rows = {row[0]: CallRow(*row) for row in conn.execute(query)}
    return [rows[call_id] for call_id in call_ids]


def finish(conn: Connection, call_id: int, now: int) -> None:
    """It arrived: true whatever else was thought of it meanwhile."""
    conn.execute(
        sa.update(hook_call)
        .where(hook_call.c.id == call_id, hook_call.c.state != "done")
        .values(state="done", done_at=now, reason=None)
    )


def put_off(conn: Connection, call: CallRow, until: int, reason: str, *, tried: bool = True) -> None:
    """Unless a later hand has it. Not `tried`: nobody called, so it does not count as an attempt."""
    _turn(conn, call, state="planned", due_at=until, reason=reason, tries=call.tries if tried else call.tries - 1)


def put_back(conn: Connection, call: CallRow, now: int) -> None:
    """Nobody called: it is due as it was. Unless a later hand has it."""
    _turn(conn, call, state="planned", due_at=now, tries=call.tries - 1)


def fail(conn: Connection, call: CallRow, now: int, reason: str) -> bool:
    """False when a later hand has it."""
    return _turn(conn, call, state="failed", done_at=now, reason=reason)


def _turn(conn: Connection, call: CallRow, **values: object) -> bool:
    mine = (hook_call.c.id == call.id, hook_call.c.state == "in_flight", hook_call.c.tries == call.tries)
    return conn.execute(sa.update(hook_call).where(*mine).values(**values)).rowcount > 0


def rest(conn: Connection, hook_id: int, now: int, until: int, reason: str) -> None:
    """Puts off all that waits behind a call without an answer, so that other webhooks get their turn."""
    behind = (hook_call.c.hook_id == hook_id, hook_call.c.state == _PLANNED, hook_call.c.due_at <= now)
    conn.execute(sa.update(hook_call).where(*behind).values(due_at=until, reason=reason))


def give_up(conn: Connection, now: int, before: int) -> list[CallRow]:
    """Fails what has been put off since before that instant, and gives it."""
    old = (hook_call.c.state == _PLANNED, hook_call.c.due_at <= now, hook_call.c.at < before)
    done = conn.execute(
        sa.update(hook_call)
        .where(*old, hook_call.c.reason.is_not(None))
        .values(state="failed", done_at=now)
        .returning(hook_call.c.id)
    )
    found = list(done.scalars())
    return _rows(conn, found) if found else []


def end_switched_off(conn: Connection, now: int) -> None:
    """What waits for a webhook that is off waits no longer. A call in somebody's hand is left until its lease ends."""
    waiting = sa.or_(hook_call.c.state == _PLANNED, sa.and_(*_due(now)))
    off = sa.select(hook.c.id).where(hook.c.disabled_at.is_not(None))
    open_ones = hook_call.c.state.in_([_PLANNED, _IN_FLIGHT])
    conn.execute(
        sa.update(hook_call)
        .where(open_ones, waiting, hook_call.c.hook_id.in_(off))
        .values(state="failed", done_at=now, reason=SWITCHED_OFF)
    )


def of_lead(conn: Connection, lead_id: int) -> list[ToldCall]:
    """Newest first."""
    columns = [(hook if name == "name" else hook_call).c[name] for name in ToldCall.__dataclass_fields__]
    query = sa.select(*columns).join(hook, hook.c.id == hook_call.c.hook_id).where(hook_call.c.lead_id == lead_id)
    rows = conn.execute(query.order_by(hook_call.c.at.desc(), hook_call.c.id.desc()).limit(MOST))
    return [ToldCall(*row) for row in rows]
