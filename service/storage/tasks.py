"""What a person of the clinic is asked to do about a lead: call, answer a question, look at a minor's sign-up."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.inserts import insert_new
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


def add(
    conn: Connection,
    *,
    clinic_id: int,
    lead_id: int,
    kind: str,
    text: str,
    at: int,
    once: str | None = None,
    enrollment_id: int | None = None,
) -> bool:
    """Asks for it; the same `once` of a lead asks once. Gives whether it is new."""
    row = {
        "id": ids.new(),
        "clinic_id": clinic_id,
        "lead_id": lead_id,
        "enrollment_id": enrollment_id,
        "kind": kind,
        "text": text,
        "once": once,
        "at": at,
    }
    return insert_new(conn, task, row)


def waiting(conn: Connection, clinic_id: int, limit: int) -> list[TaskRow]:
    """Those still to be done, oldest first."""
    query = _TASKS.where(task.c.clinic_id == clinic_id, task.c.done_at.is_(None)).order_by(task.c.at, task.c.id)
    return [TaskRow(*row) for row in conn.execute(query.limit(limit))]


def count_waiting(conn: Connection, clinic_id: int) -> int:
    query = sa.select(sa.func.count()).where(task.c.clinic_id == clinic_id, task.c.done_at.is_(None))
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
