"""Providers' reports: kept first, once each, then applied."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.delivery_event import SOFT, STAMPS, DeliveryEvent, Kind
from service.storage import ids
from service.storage.bulk import claim_rows, update_rows
from service.storage.locks import lock_ids
from service.storage.tables import delivery_event, lead, message

_OF_MESSAGE = [message.c.id, message.c.clinic_id, message.c.lead_id, lead.c.email_key, message.c.accepted_at]
_KEPT = ("id", "provider", "external_id", "kind", "ref", "at", "received_at", "data")
_WAITS = delivery_event.c.applied_at.is_(None)
_KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A report that has not been applied, and the message it names. `message_id` None: it names none of ours."""

    id: int
    event: DeliveryEvent
    message_id: int | None
    clinic_id: int | None
    lead_id: int | None
    email_key: str | None
    accepted_at: int | None


def keep(conn: Connection, found: Sequence[DeliveryEvent], now: int) -> int:
    """Keeps the reports that are new; gives how many."""
    return len(claim_rows(conn, delivery_event, _KEPT, _rows(found, now), "id"))


def _rows(found: Iterable[DeliveryEvent], now: int) -> list[tuple[Any, ...]]:
    once = {(event.provider, event.external_id): event for event in found}
    return [
        (
            number,
            event.provider,
            event.external_id,
            event.kind.value,
            event.ref,
            event.at,
            now,
            orjson.dumps(
                {
                    "bad_address": event.bad_address,
                    "soft": event.soft,
                    "stop": event.stop,
                    "counted": event.counted,
                    "flag": event.flag,
                    "report": dict(event.data),
                },
                option=orjson.OPT_SORT_KEYS,
            ).decode(),
        )
        for number, event in zip(ids.take(len(once)), once.values(), strict=True)
    ]


def any_waiting(conn: Connection) -> bool:
    """Whether a report has not been applied: a look at one index, without a lock."""
    return conn.execute(sa.select(delivery_event.c.id).where(_WAITS).limit(1)).first() is not None


def take_waiting(conn: Connection, limit: int) -> list[WaitingRow]:
    """Those that can be applied now: their message is here, or they name none. Oldest first; those in another's hands
    are left out."""
    columns = [delivery_event.c[name] for name in ("id", "provider", "external_id", "kind", "ref", "at", "data")]
    query = (
        sa.select(*columns, *_OF_MESSAGE)
        .select_from(delivery_event)
        .outerjoin(message, message.c.ref == delivery_event.c.ref)
        .outerjoin(lead, lead.c.id == message.c.lead_id)
        .where(_WAITS, sa.or_(message.c.id.is_not(None), delivery_event.c.ref.is_(None)))
        .order_by(delivery_event.c.received_at, delivery_event.c.id)
        .limit(limit)
    )
    if conn.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True, of=delivery_event)
    return [_waiting(row) for row in conn.execute(query)]


def _waiting(row: Sequence[Any]) -> WaitingRow:
    row_id, provider, external_id, kind, ref, at, data, message_id, clinic_id, lead_id, email_key, accepted_at = row
    event = DeliveryEvent(
        provider,
        external_id,
        _KINDS.get(kind, Kind.UNKNOWN),
        ref,
        at,
        data["report"],
        data["bad_address"],
        data["soft"],
        data["stop"],
        data.get("counted", False),
        data.get("flag"),
    )
    return WaitingRow(row_id, event, message_id, clinic_id, lead_id, email_key, accepted_at)


def applied(conn: Connection, messages: Mapping[int, int | None], now: int) -> None:
    """Report id to message id, or None where it names none."""
    rows = [(now, of, key) for key, of in sorted(messages.items())]
    update_rows(conn, delivery_event, ["applied_at", "message_id"], rows)


def give_up(conn: Connection, received_before: int, now: int) -> int:
    """Closes the reports whose message never came: another system's, most likely. They stay readable."""
    done = conn.execute(
        sa.update(delivery_event).where(_WAITS, delivery_event.c.received_at < received_before).values(applied_at=now)
    )
    return done.rowcount


_STAMP_EACH = 'UPDATE message SET "{0}" = ? WHERE id = ? AND ("{0}" IS NULL OR "{0}" > ?)'
_STAMP_ALL = (
    'UPDATE message SET "{0}" = seen.at FROM unnest(%s::bigint[], %s::bigint[]) AS seen (id, at)'
    ' WHERE message.id = seen.id AND (message."{0}" IS NULL OR message."{0}" > seen.at)'
)


def stamp(conn: Connection, column: str, instants: Mapping[int, int]) -> None:
    """Message id to instant: the earliest stays, so that the order of reports does not matter."""
    if column != SOFT and column not in STAMPS.values():
        raise ValueError(f"{column} is no instant of a report")
    rows = sorted(instants.items())
    if not rows:
        return
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(_STAMP_EACH.format(column), [(at, key, at) for key, at in rows])
    else:
        lock_ids(conn, message, instants)
        conn.exec_driver_sql(_STAMP_ALL.format(column), tuple(map(list, zip(*rows, strict=True))))


@dataclass(frozen=True, slots=True)
class Seen:
    """An open or a click that the provider tells of. `url` of a click; never shown: it may hold a token."""

    message_id: int
    kind: Kind
    at: int
    flag: str | None
    url: str


def seen_of(conn: Connection, message_ids: Collection[int], limit: int) -> list[Seen]:
    """The opens and clicks of these messages, the newest first."""
    if not message_ids:
        return []
    looked = delivery_event.c.kind.in_([Kind.OPENED.value, Kind.CLICKED.value])
    rows = conn.execute(
        sa.select(delivery_event.c.message_id, delivery_event.c.kind, delivery_event.c.at, delivery_event.c.data)
        .where(delivery_event.c.message_id.in_(list(message_ids)), looked)
        .order_by(delivery_event.c.at.desc(), delivery_event.c.id.desc())
        .limit(limit)
    )
    return [
        Seen(message_id, Kind(kind), at, data.get("flag"), str(data["report"].get("url") or ""))
        for message_id, kind, at, data in rows
    ]


def of_message(conn: Connection, message_id: int) -> list[DeliveryEvent]:
    """What was reported of a message, in the order it happened."""
    columns = [delivery_event.c[name] for name in ("id", "provider", "external_id", "kind", "ref", "at", "data")]
    query = sa.select(*columns).where(delivery_event.c.message_id == message_id).order_by(delivery_event.c.at)
    return [_waiting((*row, None, None, None, None, None)).event for row in conn.execute(query)]
