"""Practitioners and their hours, and the days on which the clinic is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.engine import Connection

from service.domain.hours_text import parse_hours
from service.domain.timing import WEEKDAYS, day_start
from service.storage import audits, practitioners, staff, week
from service.storage.clinics import ClinicRow
from service.storage.practitioners import PractitionerRow
from service.storage.users import UserRow
from service.usecases.kit import Kit

LONGEST = 100
LONGEST_CLOSURE = 400  # days
Spans = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class StaffChange:
    """`faults` by field: then nothing was saved. `fields`: what is different now. `standing`: booked visits ahead that
    the change leaves where they are, for a person to move or cancel."""

    faults: dict[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    practitioner_id: int | None = None
    standing: int = 0


@dataclass(slots=True)
class _Checked:
    name: str = ""
    title: str = ""
    hours: dict[int, Spans] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def change_practitioner(kit: Kit, user: UserRow, practitioner_id: int | None, given: Mapping[str, str]) -> StaffChange:
    """`practitioner_id` None adds one. `given`: name, title, signs, active, and a text of hours for each weekday (mon …
    sun)."""
    checked = _check(given)
    if checked.faults:
        return StaffChange(checked.faults)
    now = kit.clock()
    with kit.db.write() as conn:
        rows = {row.id: row for row in staff.everyone(conn, user.clinic_id)}
        if practitioner_id is not None and practitioner_id not in rows:
            return StaffChange({"name": "This practitioner is not of your clinic."})
        before = rows.get(practitioner_id) if practitioner_id is not None else None
        who = practitioner_id or practitioners.add(conn, user.clinic_id, checked.name, checked.title)
        fields = _differences(before, checked, given)
        active = before is None or bool(given.get("active"))
        staff.change(conn, user.clinic_id, who, {"name": checked.name, "title": checked.title, "active": active})
        if given.get("signs"):
            staff.let_sign(conn, user.clinic_id, who)
        if _set_hours(conn, user.clinic_id, who, checked.hours):
            fields.append("hours")
        if fields:
            data = {"fields": fields}
            audits.record(conn, user.clinic_id, user.id, now, "practitioner changed", str(who), data)
        left = 0 if active else week.standing(conn, user.clinic_id, now, practitioner_id=who)
    return StaffChange(fields=tuple(fields), practitioner_id=who, standing=left)


def close_days(kit: Kit, user: UserRow, clinic: ClinicRow, given: Mapping[str, str]) -> StaffChange:
    """`given`: first and last day (ISO dates, the clinic's days, both included; no last day: the first alone), words,
    and who (a practitioner's id, or nothing for the whole clinic). Visits that stand already stay."""
    faults: dict[str, str] = {}
    first = _date(given, "first", faults)
    last = _date(given, "last", faults) if given.get("last", "").strip() else first
    reason = given.get("words", "").strip()
    if not reason or len(reason) > LONGEST:
        faults["words"] = "Say why, in a word or two: patients see it on the booking page."
    if first and last and not 0 <= last - first <= LONGEST_CLOSURE:
        faults["last"] = "The last day comes after the first, at most a year on."
    with kit.db.write() as conn:
        ours = {str(row.id): row.id for row in practitioners.active(conn, [user.clinic_id])}
        who = given.get("who", "")
        if who and who not in ours:
            faults["who"] = "Choose someone of the list: this one sees no patients any more."
        if faults or first is None or last is None:
            return StaffChange(faults)
        starts_at, ends_at = day_start(first, clinic.zone), day_start(last + 1, clinic.zone)
        practitioners.add_absence(
            conn, user.clinic_id, ours.get(who), starts_at=starts_at, ends_at=ends_at, words=reason
        )
        audits.record(conn, user.clinic_id, user.id, kit.clock(), "days closed", who or "clinic", {})
        touched = week.standing(conn, user.clinic_id, max(starts_at, kit.clock()), ends_at, ours.get(who))
    return StaffChange(fields=("days",), practitioner_id=ours.get(who), standing=touched)


def open_days(kit: Kit, user: UserRow, absence_id: int) -> bool:
    """Takes a closure back. False when there was none."""
    with kit.db.write() as conn:
        gone = staff.remove_absence(conn, user.clinic_id, absence_id)
        if gone:
            audits.record(conn, user.clinic_id, user.id, kit.clock(), "days opened", str(absence_id), {})
    return gone


def _differences(before: PractitionerRow | None, checked: _Checked, given: Mapping[str, str]) -> list[str]:
    if before is None:
        return ["name"]
    pairs = {
        "name": before.name != checked.name,
        "title": before.title != checked.title,
        "active": before.active != bool(given.get("active")),
        "signs": bool(given.get("signs")) and not before.signs,
    }
    return [name for name, differs in pairs.items() if differs]


def _set_hours(conn: Connection, clinic_id: int, practitioner_id: int, hours: Mapping[int, Spans]) -> bool:
    """False when they are the same as before."""
    everyone = staff.hours_of(conn, clinic_id)
    before = {weekday: spans for (who, weekday), spans in everyone.items() if who == practitioner_id}
    wanted = {weekday: spans for weekday, spans in hours.items() if spans}
    if before == wanted:
        return False
    staff.clear_hours(conn, practitioner_id)
    for weekday, spans in wanted.items():
        for opens, closes in spans:
            practitioners.add_hours(conn, clinic_id, practitioner_id, weekday=weekday, opens=opens, closes=closes)
    return True


def _check(given: Mapping[str, str]) -> _Checked:
    checked = _Checked(given.get("name", "").strip(), given.get("title", "").strip())
    if not checked.name or len(checked.name) > LONGEST:
        checked.faults["name"] = "Give the name that patients read."
    if len(checked.title) > LONGEST:
        checked.faults["title"] = f"At most {LONGEST} characters."
    for weekday, key in enumerate(WEEKDAYS):
        try:
            checked.hours[weekday] = parse_hours(given.get(key, ""))
        except ValueError as fault:
            checked.faults[key] = str(fault)
    return checked


def _date(given: Mapping[str, str], name: str, faults: dict[str, str]) -> int | None:
    try:
        return date.fromisoformat(given.get(name, "").strip()).toordinal()
    except ValueError:
        faults[name] = "Give a date."
        return None
