"""Outbound webhooks: a clinic's own addresses. They are never deleted: their calls tell of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.inserts import insert_new
from service.storage.tables import hook, hook_call, task


@dataclass(frozen=True, slots=True)
class HookRow:
    """`url` may carry a key of the other side: for the clinic's staff only."""

    id: int
    clinic_id: int
    name: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    created_at: int
    disabled_at: int | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Calls of one webhook: those that wait for an answer, and since an instant those that arrived or failed."""

    waiting: int = 0
    done: int = 0
    failed: int = 0


_ROW = [hook.c[name] for name in HookRow.__dataclass_fields__]


def add(conn: Connection, clinic_id: int, name: str, url: str, secret: str, now: int) -> int | None:
    """The webhook's id; None when one of that name is on. One that is off comes back under its name, with this address
    and this secret."""
    fresh = {"url": url, "secret": secret, "created_at": now, "disabled_at": None}
    hook_id = ids.new()
    if insert_new(conn, hook, {"id": hook_id, "clinic_id": clinic_id, "name": name, **fresh}):
        return hook_id
    again = sa.update(hook).where(hook.c.clinic_id == clinic_id, hook.c.name == name, hook.c.disabled_at.is_not(None))
    return conn.execute(again.values(**fresh).returning(hook.c.id)).scalar()


def disable(conn: Connection, hook_id: int, now: int) -> bool:
    """False when it was off already."""
    done = conn.execute(
        sa.update(hook).where(hook.c.id == hook_id, hook.c.disabled_at.is_(None)).values(disabled_at=now)
    )
    return done.rowcount > 0


def find(conn: Connection, hook_id: int) -> HookRow | None:
    row = conn.execute(sa.select(*_ROW).where(hook.c.id == hook_id)).first()
    return HookRow(*row) if row else None


def of_clinic(conn: Connection, clinic_id: int) -> list[HookRow]:
    """All of them by name, those that are on first."""
    order = (hook.c.disabled_at.is_not(None), hook.c.name)
    return [
        HookRow(*row) for row in conn.execute(sa.select(*_ROW).where(hook.c.clinic_id == clinic_id).order_by(*order))
    ]


def names_on(conn: Connection, clinic_id: int) -> frozenset[str]:
    """The names of those that are on."""
    mine = sa.select(hook.c.name).where(hook.c.clinic_id == clinic_id, hook.c.disabled_at.is_(None))
    return frozenset(conn.execute(mine).scalars())


def counts(conn: Connection, clinic_id: int, since: int) -> dict[int, Tally]:
    """By webhook: what waits, and what was planned since then and arrived or failed."""

    def count(*where: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*where), 1), else_=0)), 0)

    lately, state = hook_call.c.at >= since, hook_call.c.state
    rows = conn.execute(
        sa.select(
            hook_call.c.hook_id,
            count(state.in_(("planned", "in_flight"))),
            count(state == "done", lately),
            count(state == "failed", lately),
        )
        .where(hook_call.c.clinic_id == clinic_id)
        .group_by(hook_call.c.hook_id)
    )
    return {row[0]: Tally(*row[1:]) for row in rows}


def note_stands(conn: Connection, clinic_id: int, occasion: str) -> bool:
    """Whether the clinic's people have a task of this occasion before them still."""
    query = sa.select(task.c.id).where(
        task.c.clinic_id == clinic_id, task.c.done_at.is_(None), task.c.once.startswith(occasion, autoescape=True)
    )
    return conn.execute(query.limit(1)).first() is not None
