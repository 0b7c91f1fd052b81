"""The inbox of sign-ups as a list: without the bodies, newest first, by keyset pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.tables import inbox, lead, source

PAGE = 50
COUNTED = 10_000
STATES = ("unreadable", "waiting", "refused", "duplicate", "test", "processed")


@dataclass(frozen=True, slots=True)
class PostLine:
    id: int
    received_at: int
    state: str
    reason: str | None
    source: str
    vendor: str
    lead_id: int | None
    first_name: str | None
    last_name: str | None
    email: str | None

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.email or ""


_LINE: tuple[sa.Column[Any], ...] = (
    inbox.c.id, inbox.c.received_at, inbox.c.state, inbox.c.reason, source.c.name, source.c.vendor, inbox.c.lead_id,
    lead.c.first_name, lead.c.last_name, lead.c.email,
)  # fmt: skip


def page(
    conn: Connection, clinic_id: int, state: str | None = None, after: tuple[int, int] | None = None
) -> list[PostLine]:
    """At most PAGE + 1 lines: one more than is shown tells that there is a next page."""
    query = (
        sa.select(*_LINE)
        .join(source, source.c.id == inbox.c.source_id)
        .outerjoin(lead, lead.c.id == inbox.c.lead_id)
        .where(inbox.c.clinic_id == clinic_id)
    )
    if state is not None:
        query = query.where(inbox.c.state == state)
    if after is not None:
        query = query.where(sa.tuple_(inbox.c.received_at, inbox.c.id) < sa.tuple_(*map(sa.literal, after)))
    rows = conn.execute(query.order_by(inbox.c.received_at.desc(), inbox.c.id.desc()).limit(PAGE + 1))
    return [PostLine(*row) for row in rows]


def newest_of(conn: Connection, clinic_id: int, source_id: int, since: int) -> PostLine | None:
    """The last post by that source since then."""
    query = (
        sa.select(*_LINE)
        .join(source, source.c.id == inbox.c.source_id)
        .outerjoin(lead, lead.c.id == inbox.c.lead_id)
        .where(inbox.c.clinic_id == clinic_id, inbox.c.source_id == source_id, inbox.c.received_at >= since)
    )
    row = conn.execute(query.order_by(inbox.c.received_at.desc(), inbox.c.id.desc()).limit(1)).first()
    return PostLine(*row) if row else None


def counts(conn: Connection, clinic_id: int) -> dict[str, int]:
    """By state, without those of which there is none; counting each ends at COUNTED + 1."""
    asked = []
    for state in STATES:
        found = sa.select(inbox.c.id).where(inbox.c.clinic_id == clinic_id, inbox.c.state == state).limit(COUNTED + 1)
        asked.append(
            sa.select(sa.literal(state), sa.select(sa.func.count()).select_from(found.subquery()).scalar_subquery())
        )
    return {state: number for state, number in conn.execute(sa.union_all(*asked)) if number}


def unread_ids(conn: Connection, source_id: int, most: int) -> list[int]:
    """The source's posts that could not be read and still hold their words, oldest first."""
    mine = (inbox.c.source_id == source_id, inbox.c.state == "unreadable", sa.func.length(inbox.c.body) > 0)
    return list(conn.execute(sa.select(inbox.c.id).where(*mine).order_by(inbox.c.id).limit(most)).scalars())


def unread_of_clinic(conn: Connection, clinic_id: int) -> list[int]:
    """The same of the whole clinic, up to COUNTED."""
    mine = (inbox.c.clinic_id == clinic_id, inbox.c.state == "unreadable", sa.func.length(inbox.c.body) > 0)
    return list(conn.execute(sa.select(inbox.c.id).where(*mine).order_by(inbox.c.id).limit(COUNTED)).scalars())


def unread_of(conn: Connection, source_id: int) -> int:
    """How many those are, up to COUNTED."""
    return len(unread_ids(conn, source_id, COUNTED))


def reopen(conn: Connection, post_id: int) -> bool:
    """An unreadable or refused post waits to be read again. False when it is none, or its body is forgotten."""
    done = conn.execute(
        sa.update(inbox)
        .where(inbox.c.id == post_id, inbox.c.state.in_(["unreadable", "refused"]), sa.func.length(inbox.c.body) > 0)
        .values(state="waiting", reason=None, processed_at=None)
    )
    return done.rowcount == 1


def look_at(conn: Connection, post_id: int, now: int) -> None:
    """Somebody has seen a refused post: Home no longer asks for it."""
    conn.execute(
        sa.update(inbox)
        .where(inbox.c.id == post_id, inbox.c.state == "refused", inbox.c.processed_at.is_(None))
        .values(processed_at=now)
    )
