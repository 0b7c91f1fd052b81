"""Changing a clinic's settings: all or nothing, and written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.domain.clinic_form import check_clinic
from service.storage import audits, clinics
from service.storage.users import UserRow
from service.usecases.kit import Kit


@dataclass(frozen=True, slots=True)
class Change:
    """`faults` by field: then nothing was saved. `fields`: the columns that have another value now."""

    faults: dict[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()


def change_clinic(kit: Kit, user: UserRow, given: Mapping[str, str]) -> Change:
    """Fields that are not given stay."""
    values, faults = check_clinic(given)
    if faults or not values:
        return Change(faults)
    with kit.db.write() as conn:
        before = clinics.get(conn, user.clinic_id)
        changed = {name: value for name, value in values.items() if getattr(before, name) != value}
        if changed:
            clinics.change(conn, user.clinic_id, changed)
            fields = {"fields": sorted(changed)}
            audits.record(conn, user.clinic_id, user.id, kit.clock(), "clinic changed", "clinic", fields)
    return Change(fields=tuple(changed))
