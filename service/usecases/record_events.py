"""What a provider reports: kept first, then applied, each report once, in any order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.engine import Connection

from service.domain.delivery_event import DeliveryEvent, Kind, Stop, stamps, stop_of
from service.domain.lead import address
from service.domain.timing import DAY
from service.storage import delivery_events, leads, messages
from service.storage.delivery_events import WaitingRow
from service.usecases.again import again
from service.usecases.kit import Kit
from service.usecases.rest_address import count_soft_bounces
from service.usecases.suppress_address import suppress_address
from service.usecases.unsubscribe import stop_mails

BATCH = 500
GIVE_UP_AFTER = 3 * DAY


def record_events(kit: Kit, found: Sequence[DeliveryEvent]) -> int:
    """Keeps the reports of a verified post and applies what can be applied; gives how many were new. They are on record
    before anything is made of them: a failure afterwards loses none, and the same post again changes nothing."""
    with kit.db.write() as conn:
        new = delivery_events.keep(conn, found, kit.clock())
    if new:
        apply_waiting_events(kit)
    return new


def apply_waiting_events(kit: Kit) -> int:
    """Applies the reports whose message is here by now, those that came before our own commit included; gives how many.
    Reports on messages that never come are closed after three days."""
    with kit.db.read() as conn:
        if not delivery_events.any_waiting(conn):
            return 0
    total = 0
    while True:
        applied = again(lambda: _apply_some(kit))
        total += applied
        if applied < BATCH:
            return total


def _apply_some(kit: Kit) -> int:
    now = kit.clock()
    with kit.db.write() as conn:
        rows = delivery_events.take_waiting(conn, BATCH)
        _apply(conn, rows, now)
        if len(rows) < BATCH:
            delivery_events.give_up(conn, now - GIVE_UP_AFTER, now)
    return len(rows)


def _apply(conn: Connection, rows: Sequence[WaitingRow], now: int) -> None:
    messages.lock(conn, {row.message_id for row in rows if row.message_id is not None})
    messages.accept(conn, sorted({row.message_id for row in rows if row.message_id and row.accepted_at is None}), now)
    stamped = stamps((row.message_id, row.event) for row in rows if row.message_id is not None)
    for column, instants in stamped.items():
        delivery_events.stamp(conn, column, instants)
    for row, stop in _stops(rows):
        _stop(conn, row, stop, now)
    count_soft_bounces(conn, {row.lead_id for row in rows if row.lead_id is not None and _may_turn(row.event)}, now)
    delivery_events.applied(conn, {row.id: row.message_id for row in rows}, now)


def _stops(rows: Sequence[WaitingRow]) -> Iterable[tuple[WaitingRow, Stop]]:
    """In the order of the addresses, as whoever records outcomes takes them."""
    found = [(row, stop) for row in rows if (stop := stop_of(row.event)) is not None]
    return sorted(found, key=lambda pair: (pair[0].email_key or _key(pair[0].event) or "", pair[0].id))


def _may_turn(event: DeliveryEvent) -> bool:
    return event.counted or event.kind is Kind.DELIVERED


def _stop(conn: Connection, row: WaitingRow, stop: Stop, now: int) -> None:
    if stop == "unsubscribed":
        if row.lead_id is not None:
            stop_mails(conn, row.lead_id, now, message_id=row.message_id, how="provider")
        return
    email_key = row.email_key if row.event.ref is not None else _named_by_address(conn, row.event)
    if email_key is not None:
        suppress_address(conn, email_key, stop, now, message_id=row.message_id)


def _named_by_address(conn: Connection, event: DeliveryEvent) -> str | None:
    """A late bounce may lack our ref: then its address must be one of our leads', or it is none of our business."""
    key = _key(event)
    return key if key is not None and leads.with_email_key(conn, key) else None


def _key(event: DeliveryEvent) -> str | None:
    try:
        return address(str(event.data.get("email") or "")).key
    except ValueError:
        return None
