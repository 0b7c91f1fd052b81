"""Messages that go again: when, by whom they are taken in hand, and which of them wait for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from service.domain.message import MessageState
from service.storage.messages import ROW, MessageRow
from service.storage.shards import of_shard
from service.storage.tables import message

OVERDUE = "overdue"  # the reason of a planned message that a person must decide about
OWED = "owed_at"  # in `why`: since when nothing of ours holds it back; from this instant on it grows overdue
_PLANNED: sa.ColumnElement[Any] = sa.literal_column("'planned'")


def owed_since(row: MessageRow) -> int:
    """Since when nothing but the provider holds the message back."""
    since: int = row.why.get(OWED, row.created_at)
    return since


def owed_from(row: MessageRow, at: int) -> Mapping[str, Any]:
    """Its `why` when a rule of ours holds it until `at`: it is not overdue for that."""
    return {**row.why, OWED: at}


def planned(conn: Connection, now: int, limit: int, shard: int | None = None) -> list[MessageRow]:
    """Those whose hour has come. `shard`: of these leads alone."""
    query = (
        sa.select(*ROW)
        .where(message.c.state == _PLANNED, message.c.due_at <= now)
        .order_by(message.c.due_at)
        .limit(limit)
    )
    if shard is not None:
        query = query.where(of_shard(message.c.lead_id)).params(shard=shard)
    return [MessageRow(*row) for row in conn.execute(query)]


def next_planned(conn: Connection) -> int | None:
    """The earliest instant at which a message goes out again."""
    query = sa.select(message.c.due_at).where(message.c.state == _PLANNED).order_by(message.c.due_at)
    return conn.execute(query.limit(1)).scalar()


def take_again(conn: Connection, rows: Sequence[MessageRow], lease_until: int) -> list[MessageRow]:
    """Takes planned messages in hand once more under a new fence. Those in another's hands fall out."""
    if not rows:
        return []
    query = (
        sa.select(*ROW)
        .where(message.c.id.in_([row.id for row in rows]), message.c.state == _PLANNED)
        .order_by(message.c.id)
    )
    if conn.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True)
    read = {row.id: row.fence for row in rows}
    taken = [found for row in conn.execute(query) if read[(found := MessageRow(*row)).id] == found.fence]
    if taken:
        conn.execute(
            sa.update(message)
            .where(message.c.id.in_([row.id for row in taken]))
            .values(
                state=MessageState.IN_FLIGHT.value,
                lease_until=lease_until,
                fence=message.c.fence + 1,
                tries=message.c.tries + 1,
            )
        )
    return taken


_POSTPONE = (
    sa.update(message)
    .where(message.c.id == bindparam("row_id"), message.c.state == _PLANNED)
    .values(
        due_at=bindparam("later"),
        reason=sa.func.coalesce(bindparam("held_by", type_=sa.Text), message.c.reason),
        why=bindparam("with_why"),
    )
)


def postpone(conn: Connection, rows: Mapping[int, tuple[int, Mapping[str, Any]]], held_by: str | None = None) -> None:
    """Planned messages whose hour is not now: message id to (instant, `why`). `held_by` OVERDUE: until a person
    decides, and at that instant nobody has."""
    if rows:
        conn.execute(
            _POSTPONE,
            [
                {"row_id": key, "later": at, "held_by": held_by, "with_why": dict(why)}
                for key, (at, why) in sorted(rows.items())
            ],
        )


def overdue(conn: Connection, clinic_id: int) -> list[MessageRow]:
    """Those that wait for a person, locked where the database locks rows."""
    query = sa.select(*ROW).where(message.c.state == _PLANNED, message.c.reason == OVERDUE)
    query = query.where(message.c.clinic_id == clinic_id).order_by(message.c.id)
    if conn.dialect.name == "postgresql":
        query = query.with_for_update(key_share=True)
    return [MessageRow(*row) for row in conn.execute(query)]


_LET_GO = (
    sa.update(message)
    .where(message.c.id == bindparam("row_id"), message.c.state == _PLANNED)
    .values(due_at=bindparam("again_at"), reason=None, why=bindparam("with_why"))
)


def let_go(conn: Connection, rows: Mapping[int, tuple[MessageRow, int]]) -> None:
    """A person wants them sent: by message id, each from an instant on. They are owed from then on, and pass the gate
    again."""
    if rows:
        conn.execute(
            _LET_GO,
            [
                {"row_id": key, "again_at": at, "with_why": owed_from(row, at)}
                for key, (row, at) in sorted(rows.items())
            ],
        )
