"""Hits on a mail's own links, as rows of the timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.tables import event, message


@dataclass(frozen=True, slots=True)
class Hit:
    id: int
    at: int
    link: str
    flag: str | None


def lately(conn: Connection, lead_id: int, message_id: int, since: int) -> list[Hit]:
    """The hits on this mail's links from `since` on, in order."""
    rows = conn.execute(
        sa.select(event.c.id, event.c.at, event.c.link, event.c.flag)
        .where(
            event.c.lead_id == lead_id,
            event.c.at >= since,
            event.c.kind == "clicked",
            event.c.message_id == message_id,
        )
        .order_by(event.c.at, event.c.id)
    )
    return [Hit(*row) for row in rows]


def answered_since(conn: Connection, lead_id: int, link: str, since: int) -> bool:
    """Whether the lead has given this answer from `since` on."""
    query = sa.select(event.c.id).where(
        event.c.lead_id == lead_id, event.c.at >= since, event.c.kind == "answered", event.c.link == link
    )
    return conn.execute(query.limit(1)).first() is not None


def flag(conn: Connection, message_id: int, event_ids: Sequence[int], word: str | None, now: int) -> None:
    """Flags hits on this mail that do not count yet; what has counted stays as it was. A mail whose hits were all a
    machine's was not clicked."""
    if not event_ids:
        return
    conn.execute(
        sa.update(event)
        .where(event.c.id.in_(event_ids), event.c.flag.is_(None), event.c.counts_at > now)
        .values(flag=word)
    )
    people = (event.c.lead_id == message.c.lead_id, event.c.message_id == message.c.id, event.c.kind == "clicked")
    first = sa.select(sa.func.min(event.c.at)).where(*people, event.c.flag.is_(None)).correlate(message)
    conn.execute(sa.update(message).where(message.c.id == message_id).values(clicked_at=first.scalar_subquery()))


def delivered_at(conn: Connection, message_id: int) -> int | None:
    return conn.execute(sa.select(message.c.delivered_at).where(message.c.id == message_id)).scalar()


def note_first(conn: Connection, message_id: int, at: int) -> None:
    """When the mail was first clicked, as far as one can tell a person."""
    conn.execute(
        sa.update(message).where(message.c.id == message_id, message.c.clicked_at.is_(None)).values(clicked_at=at)
    )
