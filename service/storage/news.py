"""What the clinic's people are told by mail: what happened, for whom it waits, and which mail told it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.tables import clinic, event, lead, staff_link, staff_news, user_account


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the timeline that somebody may want to hear of."""

    id: int
    clinic_id: int
    lead_id: int
    at: int
    kind: str


@dataclass(frozen=True, slots=True)
class Item:
    """`event_kind`, `lead_id` and the names are None for a brake, and for whoever was forgotten since."""

    kind: str
    at: int
    event_kind: str | None
    lead_id: int | None
    first_name: str | None
    last_name: str | None


def newest_event(conn: Connection) -> int:
    return int(conn.execute(sa.select(sa.func.max(event.c.id))).scalar() or 0)


def happened(conn: Connection, above: int, kinds: Collection[str], most: int) -> list[Happened]:
    """In the order of their ids, which rise with time."""
    c = event.c
    query = sa.select(c.id, c.clinic_id, c.lead_id, c.at, c.kind).where(c.id > above, c.kind.in_(kinds))
    return [Happened(*row) for row in conn.execute(query.order_by(c.id).limit(most))]


def braked(conn: Connection) -> dict[int, int]:
    """By clinic, since when its brake holds."""
    query = sa.select(clinic.c.id, clinic.c.braked_at).where(clinic.c.braked_at.is_not(None))
    return {clinic_id: since for clinic_id, since in conn.execute(query)}


def known(conn: Connection, event_ids: Collection[int]) -> set[tuple[int, str, int]]:
    """(user, kind, event) of what stands already."""
    c = staff_news.c
    query = sa.select(c.user_id, c.kind, c.event_id).where(c.event_id.in_(event_ids))
    return {(user_id, kind, event_id) for user_id, kind, event_id in conn.execute(query)}


def add(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows of user_id, kind, event_id, at, due_at; what somebody was told of already is left as it is."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    numbered = [{"id": number, **row} for number, row in zip(ids.take(len(rows)), rows, strict=True)]
    conn.execute(insert(staff_news).on_conflict_do_nothing(), numbered)


def waiting(conn: Connection, now: int, most: int) -> list[tuple[int, int]]:
    """(user, clinic) of those at work for whom a mail is due."""
    c, works = staff_news.c, user_account.c.ended_at.is_(None)
    query = sa.select(c.user_id, user_account.c.clinic_id).join(user_account, user_account.c.id == c.user_id)
    found = query.where(c.letter_id.is_(None), c.due_at <= now, works).distinct().order_by(c.user_id).limit(most)
    return [(user_id, clinic_id) for user_id, clinic_id in conn.execute(found)]


def hold(conn: Connection, user_id: int) -> None:
    """Of two who would write the same mail, the second waits and finds it written."""
    conn.execute(sa.select(user_account.c.id).where(user_account.c.id == user_id).with_for_update())


def any_due(conn: Connection, user_id: int, now: int) -> bool:
    c = staff_news.c
    mine = (c.user_id == user_id) & c.letter_id.is_(None) & (c.due_at <= now)
    return conn.execute(sa.select(c.id).where(mine).limit(1)).first() is not None


def tell(conn: Connection, user_id: int, letter_id: int, until: int) -> int:
    """Puts what is due by then into that mail; gives how many."""
    c = staff_news.c
    mine = (c.user_id == user_id) & c.letter_id.is_(None) & (c.due_at <= until)
    return conn.execute(sa.update(staff_news).where(mine).values(letter_id=letter_id)).rowcount


def of_letter(conn: Connection, letter_id: int, user_id: int, most: int) -> list[Item]:
    """What a mail told that user, newest first; nothing for somebody else's mail."""
    c = staff_news.c
    mine = (c.letter_id == letter_id) & (c.user_id == user_id)
    query = sa.select(c.kind, c.at, event.c.kind, lead.c.id, lead.c.first_name, lead.c.last_name).where(mine)
    joined = query.select_from(
        staff_news.outerjoin(event, (event.c.id == c.event_id) & (c.kind != "brake")).outerjoin(
            lead, lead.c.id == event.c.lead_id
        )
    )
    return [Item(*row) for row in conn.execute(joined.order_by(c.at.desc(), c.id.desc()).limit(most))]


def is_letter_of(conn: Connection, letter_id: int, user_id: int) -> bool:
    mine = (staff_link.c.id == letter_id) & (staff_link.c.user_id == user_id)
    return conn.execute(sa.select(staff_link.c.id).where(mine)).first() is not None
