"""Changing practitioners, their hours and closures. Reading them stands in `practitioners`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage.practitioners import PractitionerRow
from service.storage.tables import absence, practitioner, visit_type, working_hours


def everyone(conn: Connection, clinic_id: int) -> list[PractitionerRow]:
    """Those who left too, who signs first."""
    columns = [practitioner.c[name] for name in PractitionerRow.__dataclass_fields__]
    rows = conn.execute(
        sa.select(*columns)
        .where(practitioner.c.clinic_id == clinic_id)
        .order_by(practitioner.c.active.desc(), practitioner.c.signs.desc(), practitioner.c.id)
    )
    return [PractitionerRow(*row) for row in rows]


def hours_of(conn: Connection, clinic_id: int) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """(practitioner, weekday) → spans of minutes after midnight, in order."""
    rows = conn.execute(
        sa.select(
            working_hours.c.practitioner_id, working_hours.c.weekday, working_hours.c.opens, working_hours.c.closes
        )
        .where(working_hours.c.clinic_id == clinic_id)
        .order_by(working_hours.c.practitioner_id, working_hours.c.weekday, working_hours.c.opens)
    )
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for who, weekday, opens, closes in rows:
        found.setdefault((who, weekday), []).append((opens, closes))
    return found


def change(conn: Connection, clinic_id: int, practitioner_id: int, values: Mapping[str, Any]) -> bool:
    """False for someone of another clinic."""
    done = conn.execute(
        sa.update(practitioner)
        .where(practitioner.c.id == practitioner_id, practitioner.c.clinic_id == clinic_id)
        .values(**values)
    )
    return done.rowcount == 1


def change_visit_type(conn: Connection, clinic_id: int, type_id: int, values: Mapping[str, Any]) -> bool:
    """False for a kind of visit of another clinic."""
    done = conn.execute(
        sa.update(visit_type).where(visit_type.c.id == type_id, visit_type.c.clinic_id == clinic_id).values(**values)
    )
    return done.rowcount == 1


def let_sign(conn: Connection, clinic_id: int, practitioner_id: int) -> None:
    """From now on mails go out in this one's name alone."""
    conn.execute(
        sa.update(practitioner)
        .where(practitioner.c.clinic_id == clinic_id)
        .values(signs=practitioner.c.id == practitioner_id)
    )


def clear_hours(conn: Connection, practitioner_id: int) -> None:
    conn.execute(sa.delete(working_hours).where(working_hours.c.practitioner_id == practitioner_id))


def remove_absence(conn: Connection, clinic_id: int, absence_id: int) -> bool:
    done = conn.execute(sa.delete(absence).where(absence.c.id == absence_id, absence.c.clinic_id == clinic_id))
    return done.rowcount == 1
