"""The week at the desk: visits by day and practitioner, what is open, and who is away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from service.domain import words
from service.domain.appointment import AppointmentState
from service.domain.timing import day_start, local_day
from service.storage import practitioners, staff, week
from service.storage.clinics import ClinicRow
from service.storage.practitioners import AbsenceRow, PractitionerRow
from service.storage.week import VisitLine
from service.usecases.kit import Kit
from service.usecases.open_slots import diary

SUNDAY = 6


@dataclass(slots=True)
class Cell:
    """A practitioner's day. `free`: first visits that can still be booked; `off`: why nobody works on any of it;
    `partly`: what takes a part of it."""

    visits: list[VisitLine] = field(default_factory=list)
    free: int = 0
    off: str = ""
    partly: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Day:
    """`number` is the local date's ordinal. `closed`: why the whole clinic is, else empty."""

    number: int
    starts_at: int
    closed: str


@dataclass(frozen=True, slots=True)
class Week:
    """Monday to Sunday; without the Sunday where nobody works on it. `standing`: visits that were not cancelled;
    `to_mark`: those that are over and not marked."""

    days: list[Day]
    staff: list[PractitionerRow]
    cells: dict[tuple[int, int], Cell]
    standing: int
    to_mark: int

    @property
    def free(self) -> int:
        return sum(cell.free for cell in self.cells.values())

    @property
    def visits(self) -> int:
        return sum(len(cell.visits) for cell in self.cells.values())


def show_week(kit: Kit, clinic: ClinicRow, monday: int, now: int) -> Week:
    """`monday` is a local date's ordinal. Ten statements, however many visits."""
    with kit.db.read() as conn:
        return _week(conn, clinic, monday, now)


def _week(conn: Connection, clinic: ClinicRow, monday: int, now: int) -> Week:
    zone = clinic.zone
    numbers = range(monday, monday + 7)
    since, until = day_start(monday, zone), day_start(monday + 7, zone)
    people = week.staff(conn, clinic.id, since, until)
    away = practitioners.absences(conn, [clinic.id], since, until)[clinic.id]
    works = set(staff.hours_of(conn, clinic.id))
    cells = {(row.id, day): _cell(row, day, works, away, zone) for row in people for day in numbers}
    visits = week.visits(conn, clinic.id, since, until)
    for visit in visits:
        cells[visit.practitioner_id, local_day(visit.starts_at, zone)].visits.append(visit)
    found = diary(conn, clinic, now)
    if found is not None:
        for slot in found.slots(now, from_day=monday, to_day=monday + 6):
            cells[slot.practitioner_id, local_day(slot.starts_at, zone)].free += 1
    days = [Day(day, day_start(day, zone), _closed(day, away, zone)) for day in numbers]
    if all(cells[row.id, days[SUNDAY].number] == Cell(off="Not in") for row in people):
        days = days[:SUNDAY]
    standing = [visit for visit in visits if visit.state != AppointmentState.CANCELLED]
    to_mark = sum(visit.state == AppointmentState.BOOKED and visit.ends_at <= now for visit in standing)
    return Week(days, people, cells, len(standing), to_mark)


def _cell(
    row: PractitionerRow, day: int, works: Collection[tuple[int, int]], away: Sequence[AbsenceRow], zone: str
) -> Cell:
    if not row.active:
        return Cell(off="No longer here")
    if (row.id, (day - 1) % 7) not in works:  # ordinal 1 is a Monday
        return Cell(off="Not in")
    starts, ends = day_start(day, zone), day_start(day + 1, zone)
    cell = Cell()
    for each in away:
        if each.practitioner_id not in {None, row.id} or each.ends_at <= starts or each.starts_at >= ends:
            continue
        who = "Closed" if each.practitioner_id is None else "Away"
        if each.starts_at <= starts and each.ends_at >= ends:
            cell.off = cell.off or f"{who}, {each.words}"
        else:
            cell.partly.append(f"{who} {_hours(each, starts, ends, zone)}, {each.words}")
    return cell


def _hours(each: AbsenceRow, starts: int, ends: int, zone: str) -> str:
    if each.starts_at <= starts:
        return f"until {words.clock(each.ends_at, zone)}"
    if each.ends_at >= ends:
        return f"from {words.clock(each.starts_at, zone)}"
    return f"{words.clock(each.starts_at, zone)}–{words.clock(each.ends_at, zone)}"


def _closed(day: int, away: Sequence[AbsenceRow], zone: str) -> str:
    starts, ends = day_start(day, zone), day_start(day + 1, zone)
    whole = (each for each in away if each.practitioner_id is None)
    return next((each.words for each in whole if each.starts_at <= starts and each.ends_at >= ends), "")
