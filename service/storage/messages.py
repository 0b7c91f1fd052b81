"""Messages: recorded before the provider is called, settled by what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from service.domain.message import MessageState
from service.storage.bulk import insert_rows
from service.storage.either_way import listed
from service.storage.locks import lock_ids, lock_rows
from service.storage.tables import delivery_event, message

_IN_FLIGHT: sa.ColumnElement[Any] = sa.literal_column("'in_flight'")
_IN_DOUBT: sa.ColumnElement[Any] = sa.literal_column("'in_doubt'")
_PLANNED: sa.ColumnElement[Any] = sa.literal_column("'planned'")
_REJECTED: sa.ColumnElement[Any] = sa.literal_column("'rejected'")


@dataclass(frozen=True, slots=True)
class MessageRow:
    id: int
    clinic_id: int
    lead_id: int
    enrollment_id: int
    campaign_id: int
    version_id: int
    step: str
    visit: int
    mail: str
    service: bool
    ref: str
    state: str
    due_at: int
    created_at: int
    lease_until: int | None
    fence: int
    tries: int
    provider: str
    provider_id: str | None
    reason: str | None
    why: Mapping[str, Any]
    values: Mapping[str, Any] | None
    useful_until: int | None
    accepted_at: int | None


ROW = [message.c[name] for name in MessageRow.__dataclass_fields__]
_BY_ID = sa.select(*ROW).where(message.c.id == bindparam("message_id"))
NEW = (
    *("id", "clinic_id", "lead_id", "enrollment_id", "campaign_id", "version_id", "step", "visit", "mail", "service"),
    *("ref", "state", "due_at", "created_at", "lease_until", "fence", "tries", "provider", "useful_until"),
    *("why", "values"),
)


def insert_in_flight(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of the columns of NEW, `why` and `values` as JSON."""
    insert_rows(conn, message, NEW, rows)


def get(conn: Connection, message_id: int) -> MessageRow | None:
    row = conn.execute(_BY_ID, {"message_id": message_id}).first()
    return MessageRow(*row) if row else None


def lock(conn: Connection, message_ids: Iterable[int]) -> None:
    """Before a change of several kinds: takes all of them at once, in the order that every hand keeps."""
    lock_ids(conn, message, set(message_ids))


_GIVEN = listed(message.c.id, "message_ids")
# The locks that the update takes anyway, by rising id as every hand takes them, and in the same statement.
_IN_ORDER = sa.select(message.c.id).where(_GIVEN).order_by(message.c.id).with_for_update(key_share=True).cte("held")
_ACCEPTED = (
    sa.update(message)
    .where(message.c.accepted_at.is_(None))
    .values(
        state=MessageState.ACCEPTED.value,
        accepted_at=bindparam("taken_at", type_=sa.BigInteger),
        settled_at=bindparam("taken_at", type_=sa.BigInteger),
        lease_until=None,
        values=sa.null(),
        reason=None,
        provider_id=sa.func.coalesce(bindparam("name", type_=sa.Text), message.c.provider_id),
    )
)
_ACCEPT = {
    "sqlite": _ACCEPTED.where(_GIVEN),
    "postgresql": _ACCEPTED.where(message.c.id.in_(sa.select(_IN_ORDER.c.id))),
}


def accept(conn: Connection, message_ids: Sequence[int], now: int, provider_id: str | None = None) -> None:
    """The provider has them, under its own name where it gave one. True whatever else was thought of them meanwhile."""
    if message_ids:
        conn.execute(_ACCEPT[conn.dialect.name], {"message_ids": message_ids, "taken_at": now, "name": provider_id})


_TURN = (
    sa.update(message)
    .where(
        message.c.id == bindparam("row_id"),
        sa.or_(message.c.state == _IN_FLIGHT, message.c.state == _IN_DOUBT),
        message.c.fence == bindparam("row_fence"),
    )
    .values(
        state=bindparam("to_state"),
        reason=bindparam("to_reason"),
        due_at=sa.func.coalesce(bindparam("to_due", type_=sa.BigInteger), message.c.due_at),
        tries=message.c.tries - bindparam("not_tried", type_=sa.SmallInteger),
        settled_at=bindparam("to_settled", type_=sa.BigInteger),
        values=sa.case((bindparam("to_state") == _REJECTED, sa.null()), else_=message.c["values"]),
    )
)


def turn(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """What is still in flight under the same fence becomes to_state, or in doubt under it where the answer came after
    the lease: row_id, row_fence, to_state, to_reason, to_due (None keeps it), to_settled, and not_tried: 1 where it
    certainly did not go out, for `tries` counts the others. What was printed is kept until the outcome is settled."""
    if rows:
        conn.execute(_TURN, sorted(rows, key=lambda row: row["row_id"]))


def expire(conn: Connection, now: int) -> int:
    """Whoever had these in hand has stopped: nobody knows whether they went out."""
    dead = (message.c.state == _IN_FLIGHT, message.c.lease_until < now)
    lock_rows(conn, message, *dead)
    done = conn.execute(
        sa.update(message)
        .where(*dead)
        .values(state=MessageState.IN_DOUBT.value, reason="the worker stopped before the answer was recorded")
    )
    return done.rowcount


def has_dead_leases(conn: Connection, now: int) -> bool:
    query = sa.select(message.c.id).where(message.c.state == _IN_FLIGHT, message.c.lease_until < now)
    return conn.execute(query.limit(1)).first() is not None


def in_doubt(conn: Connection, provider: str) -> list[MessageRow]:
    """All that this provider has left in doubt, longest first."""
    query = sa.select(*ROW).where(message.c.state == _IN_DOUBT, message.c.provider == provider)
    return [MessageRow(*row) for row in conn.execute(query.order_by(message.c.created_at))]


_RELEASE = (
    sa.update(message)
    .where(message.c.id == bindparam("row_id"), message.c.state == _IN_DOUBT)
    .values(state=MessageState.PLANNED.value, due_at=bindparam("again_at"), reason=None, why=bindparam("with_why"))
)


def release(conn: Connection, rows: Mapping[int, Mapping[str, Any]], due_at: int) -> None:
    """Known not to have gone out, or to go once more by the rule: in doubt becomes planned. Message id to its `why`."""
    if rows:
        found = sorted(rows.items())
        conn.execute(_RELEASE, [{"row_id": key, "again_at": due_at, "with_why": dict(why)} for key, why in found])


def drop(conn: Connection, rows: Mapping[int, str], now: int) -> None:
    """Planned or in doubt, and not to be sent after all: message id to reason."""
    if rows:
        conn.execute(
            sa.update(message)
            .where(
                message.c.id == bindparam("row_id"), sa.or_(message.c.state == _PLANNED, message.c.state == _IN_DOUBT)
            )
            .values(
                state=MessageState.DROPPED.value,
                reason=bindparam("why_not"),
                settled_at=sa.literal(now, sa.BigInteger),
                values=sa.null(),
            ),
            [{"row_id": key, "why_not": reason} for key, reason in sorted(rows.items())],
        )


def events_seen_since(conn: Connection, provider: str, since: int) -> bool:
    """Whether the provider's event webhook has been heard of since then."""
    query = sa.select(delivery_event.c.id).where(
        delivery_event.c.provider == provider, delivery_event.c.received_at >= since
    )
    return conn.execute(query.limit(1)).first() is not None


def count_in_doubt(conn: Connection) -> int:
    return conn.execute(sa.select(sa.func.count()).where(message.c.state == _IN_DOUBT)).scalar_one()
