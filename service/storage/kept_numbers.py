"""Numbers that take long to count, as they were counted last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from service.storage.tables import enrollment, kept_number


@dataclass(frozen=True, slots=True)
class Kept:
    """`taken_at`: when it was counted; `asked_at`: when somebody looked at it last, to within some minutes."""

    clinic_id: int
    subject: str
    taken_at: int
    asked_at: int
    answer: Mapping[str, Any]


_KEPT = sa.select(*(kept_number.c[name] for name in Kept.__dataclass_fields__))


def find(conn: Connection, clinic_id: int, subject: str) -> Kept | None:
    mine = kept_number.c.clinic_id == clinic_id, kept_number.c.subject == subject
    row: Any = conn.execute(_KEPT.where(*mine)).first()
    return None if row is None else Kept(*row)


def keep(conn: Connection, clinic_id: int, subject: str, answer: Mapping[str, Any], now: int, asked_at: int) -> None:
    """In the place of what was counted before."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    row = {"clinic_id": clinic_id, "subject": subject, "taken_at": now, "asked_at": asked_at, "answer": dict(answer)}
    new = insert(kept_number).values(row)
    anew = {name: new.excluded[name] for name in ("taken_at", "answer")}
    conn.execute(new.on_conflict_do_update(index_elements=["clinic_id", "subject"], set_=anew))


def ask(conn: Connection, clinic_id: int, subject: str, now: int) -> None:
    """Somebody looks at it."""
    mine = kept_number.c.clinic_id == clinic_id, kept_number.c.subject == subject
    conn.execute(sa.update(kept_number).where(*mine).values(asked_at=now))


def outdated(conn: Connection, asked_since: int, taken_before: int) -> list[Kept]:
    """Those that are looked at and were counted long ago, the oldest first."""
    due = kept_number.c.asked_at >= asked_since, kept_number.c.taken_at < taken_before
    rows: Any = conn.execute(_KEPT.where(*due).order_by(kept_number.c.taken_at))
    return [Kept(*row) for row in rows]


def unasked(conn: Connection, asked_before: int) -> bool:
    """Whether there is any."""
    found = sa.select(sa.exists().where(kept_number.c.asked_at < asked_before))
    return conn.execute(found).scalar_one()


def forget(conn: Connection, asked_before: int) -> int:
    """What nobody looks at any more; gives how many."""
    return conn.execute(sa.delete(kept_number).where(kept_number.c.asked_at < asked_before)).rowcount


def exceeds(conn: Connection, most: int, *, clinic_id: int | None = None, campaign_id: int | None = None) -> bool:
    """Whether more than `most` runs are in the campaign, or in the clinic. Looks at no more than that."""
    runs = sa.select(enrollment.c.id)
    runs = (
        runs.where(enrollment.c.clinic_id == clinic_id)
        if campaign_id is None
        else runs.where(enrollment.c.campaign_id == campaign_id)
    )
    some = runs.limit(most + 1).subquery()
    return conn.execute(sa.select(sa.func.count()).select_from(some)).scalar_one() > most
