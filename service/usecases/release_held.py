"""Mails that wait for a person: send them now, reschedule them, or skip them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from sqlalchemy.engine import Connection

from service.domain.campaign import Definition, MailStep
from service.domain.engine import skip
from service.domain.enrollment import EnrollmentState, Facts
from service.domain.places import hours
from service.domain.timing import DAY, HOUR, MINUTE, NONE_CLOSED, opening
from service.storage import audits, enrollment_moves, enrollments, events, messages, planned, refusals
from service.storage.enrollments import DueRow
from service.usecases import facts as known
from service.usecases import moves
from service.usecases.alike import at
from service.usecases.kit import Kit

How = Literal["send", "reschedule", "skip"]
HOWS: tuple[How, ...] = ("send", "reschedule", "skip")
BRAKE = "brake"


def release(kit: Kit, clinic_id: int, how: How, user_id: int, guard: str = "overdue") -> int:
    """`send`: due now, through the whole gate. `reschedule`: from now on at each step's own window, one after the other
    in the order in which they were due. `skip`: on to the next step, and the reason is kept. Gives how many."""
    with kit.db.write() as conn:
        return let_go(conn, kit, clinic_id, how, user_id, guard, kit.clock())


def let_go(
    conn: Connection,
    kit: Kit,
    clinic_id: int,
    how: How,
    user_id: int | None,
    guard: str,
    now: int,
    campaign_id: int | None = None,
) -> int:
    """As `release`, within a transaction; of one campaign, or of all."""
    mine = [row for row in enrollments.held(conn, clinic_id, guard) if campaign_id in (None, row.campaign_id)]
    rows = sorted(mine, key=lambda row: (row.due_at, row.id))
    if how == "skip":
        _skip(conn, kit, rows, guard, now)
    else:
        due = _spread(conn, kit, rows, now) if how == "reschedule" else {row.id: now for row in rows}
        if guard == BRAKE:
            _one_a_day(conn, kit, rows, due)
        going = [{**moves.move(row, EnrollmentState.ACTIVE), "to_due": due[row.id]} for row in rows]
        enrollment_moves.move(conn, going)
    late = _late_messages(conn, clinic_id, how, now) if guard == planned.OVERDUE else 0
    audits.record(conn, clinic_id, user_id, now, f"held mails: {how}", guard, {"people": len(rows) + late})
    return len(rows) + late


def _one_a_day(conn: Connection, kit: Kit, rows: Sequence[DueRow], due: dict[int, int]) -> None:
    """Whoever waits for several mails gets the one of the foremost campaign first, and one more each day after it."""
    versions = kit.library.versions(conn, {row.version_id for row in rows})
    before: dict[int, int] = {}
    for row in sorted(rows, key=lambda row: (-versions[row.version_id].definition.priority, row.due_at, row.id)):
        due[row.id] += before.get(row.lead_id, 0) * DAY
        before[row.lead_id] = before.get(row.lead_id, 0) + 1


def _late_messages(conn: Connection, clinic_id: int, how: How, now: int) -> int:
    """Mails that the provider had put off for too long. Their runs have long moved on."""
    found = sorted(planned.overdue(conn, clinic_id), key=lambda row: (row.due_at, row.id))
    if how == "skip":
        messages.drop(conn, dict.fromkeys((row.id for row in found), "skipped by hand"), now)
    else:
        over = HOUR if how == "reschedule" else 0
        planned.let_go(conn, {row.id: (row, now + number * over // len(found)) for number, row in enumerate(found)})
    return len(found)


def _spread(conn: Connection, kit: Kit, rows: Sequence[DueRow], now: int) -> dict[int, int]:
    """When each goes. A campaign's people are spread over its jitter, or over an hour where it has none, from the
    opening of the window on; what does not fit in goes when it next opens."""
    definitions, facts = _known(conn, kit, rows, now)
    of_campaign: dict[int, list[DueRow]] = {}
    for row in rows:
        of_campaign.setdefault(row.campaign_id, []).append(row)
    due = {}
    for listed in of_campaign.values():
        for number, row in enumerate(listed):
            definition = definitions[row.version_id]
            over = definition.window.jitter * MINUTE or HOUR
            due[row.id] = _open_at(definition, row.step, facts[row.id], now, number * over // len(listed))
    return due


def _open_at(definition: Definition, key: str, facts: Facts, now: int, wait: int) -> int:
    """So many seconds after the step's window is open, and while it is."""
    step = definition.steps[key]
    if not isinstance(step, MailStep) or step.at_once:
        return now + wait
    window = hours(definition, facts)
    zone = facts.zone if window.zone == "lead" else facts.clinic_zone
    closed = NONE_CLOSED if window.holidays else facts.closed
    return opening(opening(now, window, zone, closed) + wait, window, zone, closed)


def _skip(conn: Connection, kit: Kit, rows: Sequence[DueRow], guard: str, now: int) -> None:
    definitions, loaded = _known(conn, kit, rows, now)
    gone, refused, over = [], [], []
    for row in rows:
        facts, definition = loaded[row.id], definitions[row.version_id]
        there = skip(definition, at(row), facts, now)
        gone.append(moves.forward(row, there, now, definition.loops))
        refused.append(moves.refused(row, facts, "skipped", guard, "skipped by hand", None, now))
        if there is None:
            over.append(moves.completed(row, definition.key, now))
    enrollment_moves.move(conn, gone)
    refusals.add_many(conn, refused)
    events.add_many(conn, over)


def _known(
    conn: Connection, kit: Kit, rows: Sequence[DueRow], now: int
) -> tuple[Mapping[int, Definition], Mapping[int, Facts]]:
    """Definitions by version id, facts by enrollment id."""
    versions = kit.library.versions(conn, {row.version_id for row in rows})
    definitions = {key: version.definition for key, version in versions.items()}
    return definitions, known.load(conn, rows, definitions, now).facts if rows else {}
