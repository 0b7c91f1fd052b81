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
from service.usecases.enroll import Occasion, enter_many, may_enter
from service.usecases.kit import Kit

LOOK_BACK = 14  # days: what a worker that was down that long still finds
BATCH = 500


def watch_dates(kit: Kit, go_on: Callable[[], bool] = lambda: True) -> int:
    """Enters whoever's day and hour have come; gives how many. What came more than the clinic's limit ago waits for a
    person: its place counts from its own hour, and the gate sees to that."""
    entered = 0
    with kit.db.read() as conn:
        wanted = _wanted(conn, kit)
    for row, definition, begun in wanted:
        rule = definition.entry.date
        if rule is not None and go_on():
            entered += _enter_due(kit, row, definition, rule, begun, go_on)
    return entered


def next_date(conn: Connection, kit: Kit, after: int, until: int) -> int | None:
    """The next instant, later than `after` and no later than about `until`, at which somebody's day and hour come."""
    hours: list[int] = []
    for row, definition, begun in _wanted(conn, kit):
        if definition.entry.date is not None:
            hours += _first_hours(conn, row, definition.entry.date, begun, after, until)
    return min(hours, default=None)


def _first_hours(
    conn: Connection, row: CampaignRow, rule: DateEntry, begun: int, after: int, until: int
) -> Sequence[int]:
    for day in range(local_day(after, "UTC") - 1, local_day(until, "UTC") + 2):
        found = _by_hour(_due(conn, row, rule, day, 0), rule, day, begun)
        coming = [at for at in found if at > after]
        if coming:
            return coming
    return ()


def _wanted(conn: Connection, kit: Kit) -> list[tuple[CampaignRow, Definition, int]]:
    """The campaigns that a date enters, each with since when there is it."""
    return [
        (row, kit.library.version(conn, row.version_id).definition, campaigns.begun_at(conn, row.id))
        for clinic_id in clinics.everyone(conn)
        for row in campaigns.entered_by(conn, clinic_id, "date")
    ]


def _enter_due(
    kit: Kit, row: CampaignRow, definition: Definition, rule: DateEntry, begun: int, go_on: Callable[[], bool]
) -> int:
    now, entered = kit.clock(), 0
    for day in _days(now):
        after = 0
        while go_on():
            with kit.db.read() as conn:
                found = _due(conn, row, rule, day, after)
                hours = _by_hour(found, rule, day, begun)
                wanted = {at: lead_ids for at, lead_ids in hours.items() if now - LOOK_BACK * DAY < at <= now}
                due = _welcome(conn, row, definition, rule, day, wanted, now)
            entered += _enter(kit, row, definition, rule, day, due, now) if due else 0
            if len(found) < BATCH:
                break
            after = found[-1].id
    return entered


def _welcome(
    conn: Connection,
    row: CampaignRow,
    definition: Definition,
    rule: DateEntry,
    day: int,
    due: Mapping[int, Sequence[int]],
    now: int,
) -> dict[int, list[int]]:
    """Those whom the campaign takes. The others are found at each look for days: that takes no lock."""
    taken = {
        at: may_enter(conn, row, definition, lead_ids, _occasion(rule, day, at), now) for at, lead_ids in due.items()
    }
    return {at: lead_ids for at, lead_ids in taken.items() if lead_ids}


def _occasion(rule: DateEntry, day: int, at: int) -> Occasion:
    return Occasion("date", what=rule.field, entry_key=_key(day), at=at)


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
            entered += len(enter_many(conn, row, definition, lead_ids, _occasion(rule, day, at), now).made)
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


def _by_hour(found: Sequence[DatedLead], rule: DateEntry, day: int, begun: int) -> dict[int, list[int]]:
    """Their hours by their own clocks, each with those whose it is. A day that was over before
    its date was noted, or before there was the campaign, enters nobody: that is not late, it never was."""
    hours: dict[int, list[int]] = {}
    for lead in found:
        at = hour_of_day(day, rule.minute, lead.zone)
        if day >= local_day(max(begun, lead.noted_at), lead.zone):
            hours.setdefault(at, []).append(lead.id)
    return hours
