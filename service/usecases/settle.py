"""Settling what is in doubt: by the provider's own word, else by the rule; never by a blind retry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service.delivery.provider import Provider
from service.domain.message import Asked
from service.domain.timing import DAY, HOUR, MINUTE
from service.storage import clinics, leads, messages, planned
from service.storage.clinics import ClinicRow
from service.storage.messages import MessageRow
from service.usecases.again import again
from service.usecases.dispatch import LEASE
from service.usecases.kit import Kit

SMTP_AFTER = 10 * MINUTE
SENDGRID_AFTER = DAY + HOUR
HEARD_WITHIN = DAY
AT_ONCE = 1_000


def settle(kit: Kit, provider: Provider) -> int:
    """Turns dead leases into doubts, and doubts into accepted or planned where that can be known. Gives how many
    doubts were settled; the rest wait for events, for their hour, or for a person."""
    now = kit.clock()
    with kit.db.read() as conn:
        dead = messages.has_dead_leases(conn, now)
    if dead:
        with kit.db.write() as conn:
            messages.expire(conn, now)
    with kit.db.read() as conn:
        rows = messages.in_doubt(conn, provider.name)
        if not rows:
            return 0
        heard = messages.events_seen_since(conn, provider.name, now - HEARD_WITHIN)
        houses = clinics.everyone(conn)
        asked = _asked(rows, leads.addresses(conn, {row.lead_id for row in rows}))
    told: dict[str, bool] = {}
    for start in range(0, len(asked), AT_ONCE):
        told |= provider.recall(asked[start : start + AT_ONCE], now)
    accepted = [row.id for row in rows if told.get(row.ref) is True]
    free = {row.id: planned.owed_from(row, now) for row in rows if told.get(row.ref) is False}
    for row in rows:
        if row.ref not in told and may_resend(row, houses, heard, now):
            free[row.id] = planned.owed_from(row, allowed_at(row))
    if accepted or free:
        again(lambda: _settle(kit, accepted, free, now))
    return len(accepted) + len(free)


def _asked(rows: Sequence[MessageRow], addresses: Mapping[int, tuple[str, int]]) -> list[Asked]:
    """Each with where and when it may have left. Whose lead has changed since may have gone to another address."""
    found = []
    for row in rows:
        to, changed_at = addresses.get(row.lead_id, ("", 0))
        until = row.lease_until if row.lease_until is not None else row.created_at + LEASE
        found.append(Asked(row.ref, to, until - LEASE, until, bool(to) and changed_at <= until - LEASE))
    return found


def _settle(kit: Kit, accepted: Sequence[int], free: Mapping[int, Mapping[str, Any]], now: int) -> None:
    with kit.db.write() as conn:
        messages.lock(conn, [*accepted, *free])
        messages.accept(conn, accepted, now)
        messages.release(conn, free, now)


def may_resend(row: MessageRow, houses: Mapping[int, ClinicRow], heard: bool, now: int) -> bool:
    """The documented one resend: over SMTP ten minutes after the lease, over SendGrid a day and an hour after it while
    its events are heard; never a second one, never past its use, never where the clinic has said never."""
    if row.tries > 1 or not houses[row.clinic_id].resend_in_doubt:
        return False
    if row.useful_until is not None and now >= row.useful_until:
        return False
    if row.provider != "smtp" and not (row.provider == "sendgrid" and heard):
        return False
    return now >= allowed_at(row)


def allowed_at(row: MessageRow) -> int:
    """From when on it may go once more."""
    lease = row.lease_until if row.lease_until is not None else row.created_at
    return lease + (SMTP_AFTER if row.provider == "smtp" else SENDGRID_AFTER)
