"""Practitioners and their hours, and the days on which the clinic is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from service.domain.hours_text import parse_hours
from service.domain.timing import WEEKDAYS, day_start
from service.storage import audits, practitioners, staff
from service.storage.clinics import ClinicRow
from service.storage.users import UserRow
from service.usecases.kit import Kit

LONGEST = 100


@dataclass(slots=True)
class _Checked:
    name: str = ""
    title: str = ""
    hours: list[tuple[int, int, int]] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)


def change_practitioner(
    kit: Kit, user: UserRow, practitioner_id: int | None, given: Mapping[str, str]
) -> dict[str, str]:
    """`practitioner_id` None adds one. `given`: name, title, signs, active, and a text of hours for each weekday (mon …
    sun). The faults by field; empty when all was saved."""
    checked = _check(given)
    if checked.faults:
        return checked.faults
    signs, active = bool(given.get("signs")), bool(given.get("active", "yes" if practitioner_id is None else ""))
    with kit.db.write() as conn:
        if practitioner_id is None:
            practitioner_id = practitioners.add(conn, user.clinic_id, checked.name, checked.title)
        values = {"name": checked.name, "title": checked.title, "active": active}
        if not staff.change(conn, user.clinic_id, practitioner_id, values):
            return {"name": "This practitioner is not of your clinic."}
        if signs:
            staff.let_sign(conn, user.clinic_id, practitioner_id)
        staff.clear_hours(conn, practitioner_id)
        for weekday, opens, closes in checked.hours:
            practitioners.add_hours(conn, user.clinic_id, practitioner_id, weekday=weekday, opens=opens, closes=closes)
        audits.record(conn, user.clinic_id, user.id, kit.clock(), "practitioner changed", str(practitioner_id), {})
    return {}


def close_days(kit: Kit, user: UserRow, clinic: ClinicRow, given: Mapping[str, str]) -> dict[str, str]:
    """`given`: first and last day (ISO dates, the clinic's days, both included), words, and who (a practitioner's id,
    or nothing for the whole clinic). Visits that stand already stay: a person moves them."""
    faults: dict[str, str] = {}
    first, last = _date(given, "first", faults), _date(given, "last", faults)
    reason = given.get("words", "").strip()
    if not reason or len(reason) > LONGEST:
        faults["words"] = "Say why, in a word or two: patients see it on the booking page."
    if first and last and (last < first or last - first > 400):
        faults["last"] = "The last day comes after the first, at most a year on."
    who = given.get("who", "")
    if faults or first is None or last is None:
        return faults
    with kit.db.write() as conn:
        ours = {str(row.id): row.id for row in practitioners.active(conn, [user.clinic_id])}
        practitioners.add_absence(
            conn,
            user.clinic_id,
            ours.get(who),
            starts_at=day_start(first, clinic.zone),
            ends_at=day_start(last + 1, clinic.zone),
            words=reason,
        )
        audits.record(conn, user.clinic_id, user.id, kit.clock(), "days closed", who or "clinic", {})
    return {}


def open_days(kit: Kit, user: UserRow, absence_id: int) -> None:
    """Takes a closure back."""
    with kit.db.write() as conn:
        if staff.remove_absence(conn, user.clinic_id, absence_id):
            audits.record(conn, user.clinic_id, user.id, kit.clock(), "days opened", str(absence_id), {})


def _check(given: Mapping[str, str]) -> _Checked:
    checked = _Checked(given.get("name", "").strip(), given.get("title", "").strip())
    if not checked.name or len(checked.name) > LONGEST:
        checked.faults["name"] = "Give the name that patients read."
    if len(checked.title) > LONGEST:
        checked.faults["title"] = f"At most {LONGEST} characters."
    for weekday, key in enumerate(WEEKDAYS):
        try:
            checked.hours += [(weekday, opens, closes) for opens, closes in parse_hours(given.get(key, ""))]
        except ValueError as fault:
            checked.faults[key] = str(fault)
    return checked


def _date(given: Mapping[str, str], name: str, faults: dict[str, str]) -> int | None:
    try:
        return date.fromisoformat(given.get(name, "").strip()).toordinal()
    except ValueError:
        faults[name] = "Give a date."
        return None
