"""The inbox of sign-ups: every authentic post as it came, before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.inserts import insert_new
from service.storage.tables import inbox

WAITING, PROCESSED, UNREADABLE, REFUSED, TEST = "waiting", "processed", "unreadable", "refused", "test"


@dataclass(frozen=True, slots=True)
class InboxRow:
    """`meta` is what the post itself does not say: ip, page, referrer, and the consent wording shown at the time."""

    id: int
    clinic_id: int
    source_id: int
    external_id: str
    received_at: int
    content_type: str
    body: bytes = field(repr=False)
    state: str
    reason: str | None
    meta: dict[str, Any]
    lead_id: int | None
    processed_at: int | None


_ROW = [inbox.c[column.name] for column in fields(InboxRow)]
_BY_ID = sa.select(*_ROW).where(inbox.c.id == sa.bindparam("post_id"))


def add(conn: Connection, *, clinic_id: int, source_id: int, external_id: str, now: int, **values: Any) -> int | None:
    """Keeps a post and returns its id; None when the source has sent one with this `external_id` before. `values`:
    content_type, body, meta, state, and reason if there is one."""
    post_id = ids.new()
    row = {"id": post_id, "clinic_id": clinic_id, "source_id": source_id, "external_id": external_id}
    return post_id if insert_new(conn, inbox, {**values, **row, "received_at": now}) else None


def find(conn: Connection, post_id: int) -> InboxRow | None:
    row = conn.execute(_BY_ID, {"post_id": post_id}).first()
    return InboxRow(*row) if row else None


def get(conn: Connection, post_id: int) -> InboxRow:
    """Raises KeyError when there is none."""
    post = find(conn, post_id)
    if post is None:
        raise KeyError(f"no post {post_id} in the inbox")
    return post


def newest_with_body(conn: Connection, source_id: int) -> InboxRow | None:
    """The source's last post whose words are still kept; none that was refused."""
    mine = (inbox.c.source_id == source_id, inbox.c.state != REFUSED, sa.func.length(inbox.c.body) > 0)
    row = conn.execute(sa.select(*_ROW).where(*mine).order_by(inbox.c.id.desc()).limit(1)).first()
    return InboxRow(*row) if row else None


def by_external_id(conn: Connection, source_id: int, external_id: str) -> InboxRow | None:
    row = conn.execute(
        sa.select(*_ROW).where(inbox.c.source_id == source_id, inbox.c.external_id == external_id)
    ).first()
    return InboxRow(*row) if row else None


def claim(conn: Connection, post_id: int, now: int) -> bool:
    """Takes a waiting post in hand, inside the transaction that makes a lead of it. False when another was first."""
    taken = conn.execute(
        sa.update(inbox)
        .where(inbox.c.id == post_id, inbox.c.state == WAITING)
        .values(state=PROCESSED, processed_at=now)
    )
    return taken.rowcount == 1


def settle(
    conn: Connection, post_id: int, state: str, now: int, *, reason: str | None = None, lead_id: int | None = None
) -> None:
    conn.execute(
        sa.update(inbox)
        .where(inbox.c.id == post_id)
        .values(state=state, reason=reason, lead_id=lead_id, processed_at=now)
    )


def waiting(conn: Connection, limit: int = 500) -> list[int]:
    """The ids of waiting posts, oldest first."""
    rows = conn.execute(
        sa.select(inbox.c.id)
        .where(inbox.c.state == sa.literal_column("'waiting'"))
        .order_by(inbox.c.received_at, inbox.c.id)
        .limit(limit)
    )
    return list(rows.scalars())


def of_clinic(
    conn: Connection, clinic_id: int, *, state: str | None = None, limit: int = 100, before: int | None = None
) -> list[InboxRow]:
    """Newest first; `before`: only posts with a smaller id, for the page after."""
    query = sa.select(*_ROW).where(inbox.c.clinic_id == clinic_id)
    if state is not None:
        query = query.where(inbox.c.state == state)
    if before is not None:
        query = query.where(inbox.c.id < before)
    rows = conn.execute(query.order_by(inbox.c.received_at.desc(), inbox.c.id.desc()).limit(limit))
    return [InboxRow(*row) for row in rows]
