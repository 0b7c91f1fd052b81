"""What a person of the clinic is asked to do about a lead: call, answer a question, look at a minor's sign-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.inserts import insert_many_new
from service.storage.tables import lead, task


@dataclass(frozen=True, slots=True)
class TaskRow:
    """`kind`: call · answer · minor · note. `text` is restricted: for the clinic's staff only."""

    id: int
    lead_id: int
    kind: str
    text: str
    at: int
    done_at: int | None
    first_name: str | None
    last_name: str | None
    phone: str | None
    email: str | None

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.email or "Nobody named"

    @property
    def short_name(self) -> str:
        """Maria R."""
        if self.first_name and self.last_name:
            return f"{self.first_name} {self.last_name[0]}."
        return self.name


_FIELDS = [
    *(task.c[name] for name in list(TaskRow.__dataclass_fields__)[:6]),
    *(lead.c[name] for name in list(TaskRow.__dataclass_fields__)[6:]),
]
_TASKS = sa.select(*_FIELDS).join(lead, lead.c.id == task.c.lead_id)


@dataclass(frozen=True, slots=True)
class NewTask:
    """`once`: the occasion; the same one of a lead asks once. `run`: the enrollment that asks, if one does."""

    clinic_id: int
    lead_id: int
    kind: str
    text: str
    once: str | None = None
    run: int | None = None


def add_many(conn: Connection, new: Sequence[NewTask], at: int) -> list[NewTask]:
    """Gives those that are new."""
    by_id = dict(zip(ids.take(len(new)), new, strict=True))
    rows = [
        {
            "id": task_id,
            "clinic_id": each.clinic_id,
            "lead_id": each.lead_id,
            "enrollment_id": each.run,
            "kind": each.kind,
            "text": each.text,
            "once": each.once,
            "at": at,
        }
        for task_id, each in by_id.items()
    ]
    return (
        [by_id[task_id] for task_id in insert_many_new(conn, task, rows, (task.c.id, task.c.lead_id))] if rows else []
    )


def waiting(conn: Connection, clinic_id: int, now: int, limit: int) -> list[TaskRow]:
    """Those still to be done whose day has come: words of an emergency, then the oldest first."""
    open_now = (task.c.clinic_id == clinic_id, task.c.done_at.is_(None), task.c.at <= now)
    query = _TASKS.where(*open_now).order_by(sa.case((task.c.kind == "urgent", 0), else_=1), task.c.at, task.c.id)
    return [TaskRow(*row) for row in conn.execute(query.limit(limit))]


def count_waiting(conn: Connection, clinic_id: int, now: int) -> int:
    open_now = (task.c.clinic_id == clinic_id, task.c.done_at.is_(None), task.c.at <= now)
    query = sa.select(sa.func.count()).where(*open_now)
    return conn.execute(query).scalar_one()


def of_lead(conn: Connection, lead_id: int) -> list[TaskRow]:
    """All of a lead's, newest first."""
    query = _TASKS.where(task.c.lead_id == lead_id).order_by(task.c.at.desc(), task.c.id.desc())
    return [TaskRow(*row) for row in conn.execute(query)]


def find(conn: Connection, clinic_id: int, task_id: int) -> TaskRow | None:
    row = conn.execute(_TASKS.where(task.c.id == task_id, task.c.clinic_id == clinic_id)).first()
    return TaskRow(*row) if row else None


def finish(conn: Connection, clinic_id: int, task_id: int, user_id: int, now: int) -> bool:
    """Ticks it off; False when there is none such, or it was done already."""
    done = conn.execute(
        sa.update(task)
        .where(task.c.id == task_id, task.c.clinic_id == clinic_id, task.c.done_at.is_(None))
        .values(done_at=now, done_by=user_id)
    )
    return done.rowcount > 0


def reopen(conn: Connection, clinic_id: int, task_id: int) -> bool:
    """Takes the tick back."""
    done = conn.execute(
        sa.update(task)
        .where(task.c.id == task_id, task.c.clinic_id == clinic_id, task.c.done_at.is_not(None))
        .values(done_at=None, done_by=None)
    )
    return done.rowcount > 0
