"""Changing a kind of visit: its name, how long it takes, and the time kept free behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.storage import audits, practitioners, staff
from service.storage.users import UserRow
from service.usecases.kit import Kit

LONGEST_NAME = 60
MINUTES, BUFFER = range(10, 241), range(121)


@dataclass(frozen=True, slots=True)
class VisitChange:
    """`faults` by field: then nothing was saved. `fields`: what is different now."""

    faults: dict[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()


class NoVisitType(Exception):
    """There is no such kind of visit, or it is another clinic's."""


def change_visit_type(kit: Kit, user: UserRow, type_id: int, given: Mapping[str, str]) -> VisitChange:
    """`given`: name, minutes, buffer_minutes. Visits that are booked keep their times. Raises NoVisitType."""
    faults: dict[str, str] = {}
    name = given.get("name", "").strip()
    if not name or len(name) > LONGEST_NAME:
        faults["name"] = f"Give the name that patients read, at most {LONGEST_NAME} characters."
    values = {
        "name": name,
        "minutes": _whole(given, "minutes", MINUTES, faults),
        "buffer_minutes": _whole(given, "buffer_minutes", BUFFER, faults),
    }
    with kit.db.write() as conn:
        types = practitioners.visit_types(conn, [user.clinic_id])[user.clinic_id]
        before = next((row for row in types if row.id == type_id), None)
        if before is None:
            raise NoVisitType
        if faults:
            return VisitChange(faults)
        changed = {key: value for key, value in values.items() if getattr(before, key) != value}
        if changed:
            staff.change_visit_type(conn, user.clinic_id, type_id, changed)
            data = {"fields": sorted(changed)}
            audits.record(conn, user.clinic_id, user.id, kit.clock(), "visit type changed", str(type_id), data)
    return VisitChange(fields=tuple(changed))


def _whole(given: Mapping[str, str], name: str, allowed: range, faults: dict[str, str]) -> int:
    text = given.get(name, "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and int(text) in allowed):
        faults[name] = f"Give whole minutes, from {allowed.start} to {allowed.stop - 1}."
        return 0
    return int(text)
