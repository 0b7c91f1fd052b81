"""What else is kept of one person, beyond what time alone lets go of: gone when the clinic erases them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import forgetting
from service.storage.tables import (
    delivery_event,
    event,
    lead_field,
    lead_tag,
    message,
    outbox,
    segment_member,
)


def erase(conn: Connection, lead_id: int, email: str | None, now: int) -> None:
    """The lead's row stays without a name, for the counts; so does a suppression, which keeps the address from ever
    being written to again."""
    for table in (lead_tag, lead_field, segment_member):
        conn.execute(sa.delete(table).where(table.c.lead_id == lead_id))
    mails = sa.select(message.c.id).where(message.c.lead_id == lead_id)
    conn.execute(sa.update(delivery_event).where(delivery_event.c.message_id.in_(mails)).values(data={}))
    told = (event.c.lead_id == lead_id, event.c.kind == "merged")
    conn.execute(sa.update(event).where(*told).values(data={}))
    if email:
        conn.execute(sa.delete(outbox).where(outbox.c.to_email == email))
    forgetting.blank(conn, [lead_id], now)
