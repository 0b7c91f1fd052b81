"""Changing a clinic's settings: all or nothing, and written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.content.faults import nearest
from service.content.public_holidays import countries, is_country, regions
from service.domain.clinic_form import check_clinic
from service.storage import audits, clinics, pace
from service.storage.clinics import ClinicRow
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
        faults = _place_faults(before, values) | _quiet_faults(before, values)
        if faults:
            return Change(faults)
        changed = {name: value for name, value in values.items() if getattr(before, name) != value}
        if changed:
            clinics.change(conn, user.clinic_id, changed)
            if "warm_up" in changed:
                pace.begin_anew(conn, user.clinic_id)
            fields = {"fields": sorted(changed)}
            audits.record(conn, user.clinic_id, user.id, kit.clock(), "clinic changed", "clinic", fields)
    return Change(fields=tuple(changed))


def _place_faults(before: ClinicRow, values: Mapping[str, Any]) -> dict[str, str]:
    """A country or region whose public holidays are not known."""
    country, region = values.get("country", before.country), values.get("region", before.region)
    if not {"country", "region"} & values.keys() or is_country(country, region):
        return {}
    if not is_country(country, ""):
        return {"country": f"The public holidays of “{country}” are not known here: {nearest(country, countries())}."}
    known = regions(country)
    mend = nearest(region, known) if known else "leave the region empty"
    return {"region": f"“{country}” has no region “{region}”: {mend}."}


def _quiet_faults(before: ClinicRow, values: Mapping[str, Any]) -> dict[str, str]:
    """Quiet hours are two hours, or none."""
    if not {"quiet_from", "quiet_to"} & values.keys():
        return {}
    begins, ends = values.get("quiet_from", before.quiet_from), values.get("quiet_to", before.quiet_to)
    if (begins is None) != (ends is None):
        missing = "quiet_from" if begins is None else "quiet_to"
        return {missing: "Give both hours, or leave both empty."}
    if begins is not None and begins == ends:
        return {"quiet_to": "Give two different hours, or leave both empty."}
    return {}
