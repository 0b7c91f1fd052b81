"""Two leads that are one person: finding them, and making one of the two."""

from __future__ import annotations

from dataclasses import fields

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.message import MessageState
from service.storage.leads import LeadRow
from service.storage.run_states import RUNNING
from service.storage.tables import cap, enrollment, lead, lead_field, lead_tag, message, segment_member, task
from service.storage.tables.base import metadata

MOST = 20
_ROW = [lead.c[column.name] for column in fields(LeadRow)]
# What there is once a lead: the row that the kept lead has already stands.
_ONCE = ((lead_tag, "tag"), (lead_field, "name"), (segment_member, "segment_id"))
_OWN_WAY = {"lead_tag", "lead_field", "segment_member", "cap"}


def same_phone(conn: Connection, row: LeadRow) -> list[LeadRow]:
    """Others with the same number."""
    if not row.phone:
        return []
    return _others(conn, row, lead.c.phone == row.phone)


def same_name(conn: Connection, row: LeadRow) -> list[LeadRow]:
    """Others of the same first and last name, in any case of letters."""
    if not row.first_name or not row.last_name:
        return []
    named = (sa.func.lower(lead.c.first_name) == row.first_name.lower(),)
    return _others(conn, row, *named, sa.func.lower(lead.c.last_name) == row.last_name.lower())


def is_leaving(conn: Connection, lead_id: int) -> bool:
    """A mail to them is being handed over at this moment."""
    query = sa.select(message.c.id).where(message.c.lead_id == lead_id, message.c.state == MessageState.IN_FLIGHT.value)
    return conn.execute(query.limit(1)).first() is not None


def clashing(conn: Connection, kept: int, other: int) -> set[int]:
    """The running enrollments of `other` in what `kept` is in, too."""
    theirs, own = enrollment.alias(), enrollment.alias()
    query = sa.select(theirs.c.id).join(
        own, sa.and_(own.c.campaign_id == theirs.c.campaign_id, own.c.entry_key == theirs.c.entry_key)
    )
    both = (theirs.c.lead_id == other, own.c.lead_id == kept, theirs.c.state.in_(RUNNING), own.c.state.in_(RUNNING))
    return set(conn.execute(query.where(*both)).scalars())


def take_over(conn: Connection, kept: int, other: int) -> None:
    """All that refers to `other` refers to `kept` from now on, and `other` is no more."""
    for table, name in _ONCE:
        has = sa.select(table.c[name]).where(table.c.lead_id == kept)
        conn.execute(sa.delete(table).where(table.c.lead_id == other, table.c[name].in_(has)))
        conn.execute(sa.update(table).where(table.c.lead_id == other).values(lead_id=kept))
    conn.execute(sa.delete(cap).where(cap.c.lead_id == other))
    asked = sa.select(task.c.once).where(task.c.lead_id == kept, task.c.once.is_not(None))
    conn.execute(sa.update(task).where(task.c.lead_id == other, task.c.once.in_(asked)).values(once=None))
    for table in metadata.sorted_tables:
        if table.name not in _OWN_WAY and "lead_id" in table.c and table.c.lead_id.references(lead.c.id):
            conn.execute(sa.update(table).where(table.c.lead_id == other).values(lead_id=kept))
    conn.execute(sa.delete(lead).where(lead.c.id == other))


def _others(conn: Connection, row: LeadRow, *conditions: sa.ColumnElement[bool]) -> list[LeadRow]:
    query = sa.select(*_ROW).where(lead.c.clinic_id == row.clinic_id, lead.c.id != row.id, *conditions)
    return [LeadRow(*found) for found in conn.execute(query.order_by(lead.c.id).limit(MOST))]
