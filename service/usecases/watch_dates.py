"""Entering by a date: a birthday, half a year after the last visit, whatever a field holds. Each lead's day is asked
for by name and keyed by it, never by when somebody last looked: a worker that slept for days loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy.engine import Connection

from service.domain.campaign import Definition
from service.domain.entry import DateEntry
from service.domain.timing import DAY, hour_of_day, local_day
from service.storage import campaigns, clinics, dates
from service.storage.campaigns import CampaignRow
from service.storage.dates import DatedLead
from service.usecases.enroll import Occasion, enter_many
from service.usecases.kit import Kit

LOOK_BACK = 14  # days: what a worker that was down that long still finds
BATCH = 500


def watch_dates(kit: Kit, go_on: Callable[[], bool] = lambda: True) -> int:
    """Enters whoever's day and hour have come; gives how many. What came more than the clinic's limit ago waits for a
    person: its place counts from its own hour, and the gate sees to that."""
    entered = 0
    with kit.db.read() as conn:
        wanted = [
            (row, kit.library.version(conn, row.version_id).definition)
            for clinic_id in clinics.everyone(conn)
            for row in campaigns.entered_by(conn, clinic_id, "date")
        ]
    for row, definition in wanted:
        rule = definition.entry.date
        if rule is not None and go_on():
            entered += _enter_due(kit, row, definition, rule, go_on)
    return entered


def _enter_due(kit: Kit, row: CampaignRow, definition: Definition, rule: DateEntry, go_on: Callable[[], bool]) -> int:
    now, entered = kit.clock(), 0
    for day in _days(now):
        after = 0
        while go_on():
            with kit.db.read() as conn:
                found = _due(conn, row, rule, day, after)
            due = _by_hour(found, rule, day, now)
            entered += _enter(kit, row, definition, rule, day, due, now) if due else 0
            if len(found) < BATCH:
                break
            after = found[-1].id
    return entered


def _enter(
    kit: Kit,
    row: CampaignRow,
    definition: Definition,
    rule: DateEntry,
    day: int,
    due: Mapping[int, Sequence[int]],
    now: int,
) -> int:
    entered = 0
    with kit.db.write() as conn:
        for at, lead_ids in due.items():
            occasion = Occasion("date", what=rule.field, entry_key=_key(day), at=at)
            entered += len(enter_many(conn, row, definition, lead_ids, occasion, now).made)
    return entered


def _key(day: int) -> str:
    return f"date:{date.fromordinal(day).isoformat()}"


def _days(now: int) -> range:
    """The days that are today, or were lately, somewhere on earth."""
    today = local_day(now, "UTC")
    return range(today - LOOK_BACK, today + 2)


def _due(conn: Connection, row: CampaignRow, rule: DateEntry, day: int, after: int) -> list[DatedLead]:
    named = date.fromordinal(day) + (1 if rule.before else -1) * timedelta(days=rule.delay.days)
    return dates.with_day(
        conn,
        row.clinic_id,
        rule.field,
        named,
        yearly=rule.yearly,
        but=(row.id, _key(day)),
        after=after,
        limit=BATCH,
    )


def _by_hour(found: Sequence[DatedLead], rule: DateEntry, day: int, now: int) -> dict[int, list[int]]:
    """Those whose hour has come by their own clock, together with those of the same hour."""
    hours: dict[int, list[int]] = {}
    for lead in found:
        at = hour_of_day(day, rule.minute, lead.zone)
        if now - LOOK_BACK * DAY < at <= now:
            hours.setdefault(at, []).append(lead.id)
    return hours
