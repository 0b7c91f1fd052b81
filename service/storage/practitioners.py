"""Practitioners: who they are, when they work, and what kinds of visit there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.slots import Absence, Hours
from service.storage import ids
from service.storage.either_way import listed
from service.storage.tables import absence, practitioner, visit_type, working_hours


@dataclass(frozen=True, slots=True)
class PractitionerRow:
    """`signs`: the clinic's mails go out in this person's name."""

    id: int
    clinic_id: int
    name: str
    title: str
    signs: bool
    active: bool

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


@dataclass(frozen=True, slots=True)
class VisitTypeRow:
    id: int
    clinic_id: int
    key: str
    name: str
    minutes: int
    buffer_minutes: int
    first_visit: bool


_PRACTITIONER = [practitioner.c[name] for name in PractitionerRow.__dataclass_fields__]
_VISIT_TYPE = [visit_type.c[name] for name in VisitTypeRow.__dataclass_fields__]
_ACTIVE = (
    sa.select(*_PRACTITIONER)
    .where(listed(practitioner.c.clinic_id, "clinic_ids"), practitioner.c.active)
    .order_by(practitioner.c.signs.desc(), practitioner.c.id)
)
_VISIT_TYPES = (
    sa.select(*_VISIT_TYPE)
    .where(listed(visit_type.c.clinic_id, "clinic_ids"))
    .order_by(visit_type.c.first_visit.desc(), visit_type.c.id)
)


def active(conn: Connection, clinic_ids: Collection[int]) -> list[PractitionerRow]:
    """Those who see patients, who signs first."""
    rows = conn.execute(_ACTIVE, {"clinic_ids": list(clinic_ids)})
    return [PractitionerRow(*row) for row in rows]


def get(conn: Connection, practitioner_id: int) -> PractitionerRow:
    """Raises NoResultFound for an id that is none."""
    return PractitionerRow(*conn.execute(sa.select(*_PRACTITIONER).where(practitioner.c.id == practitioner_id)).one())


def by_id(conn: Connection) -> dict[int, PractitionerRow]:
    """Every practitioner of the installation, those who left too."""
    return {row.id: PractitionerRow(*row) for row in conn.execute(sa.select(*_PRACTITIONER))}


def signing(conn: Connection, clinic_id: int) -> PractitionerRow | None:
    """In whose name the clinic's mails go out."""
    return next(iter(active(conn, [clinic_id])), None)


def hold_diaries(conn: Connection, clinic_id: int) -> None:
    """One booking at a time in this clinic, until the transaction ends: whoever waits then reads what was taken."""
    if conn.dialect.name == "postgresql":
        conn.execute(
            sa.select(practitioner.c.id)
            .where(practitioner.c.clinic_id == clinic_id)
            .order_by(practitioner.c.id)
            .with_for_update(key_share=True)
        )


def hours(conn: Connection, clinic_ids: Collection[int]) -> dict[int, list[Hours]]:
    """The working hours of active practitioners, by clinic."""
    rows = conn.execute(
        sa.select(
            working_hours.c.clinic_id,
            working_hours.c.practitioner_id,
            working_hours.c.weekday,
            working_hours.c.opens,
            working_hours.c.closes,
        )
        .join(practitioner, practitioner.c.id == working_hours.c.practitioner_id)
        .where(working_hours.c.clinic_id.in_(list(clinic_ids)), practitioner.c.active)
        .order_by(working_hours.c.practitioner_id, working_hours.c.weekday, working_hours.c.opens)
    )
    found: dict[int, list[Hours]] = {clinic_id: [] for clinic_id in clinic_ids}
    for clinic_id, *values in rows:
        found[clinic_id].append(Hours(*values))
    return found


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    id: int
    clinic_id: int
    practitioner_id: int | None
    starts_at: int
    ends_at: int
    words: str

    @property
    def span(self) -> Absence:
        return Absence(self.starts_at, self.ends_at, self.practitioner_id)


_ABSENCE = [absence.c[name] for name in AbsenceRow.__dataclass_fields__]
_ABSENCES = (
    sa.select(*_ABSENCE)
    .where(
        listed(absence.c.clinic_id, "clinic_ids"),
        absence.c.ends_at > sa.bindparam("away_since"),
        absence.c.starts_at < sa.bindparam("away_until"),
    )
    .order_by(absence.c.starts_at, absence.c.id)
)


def absences(conn: Connection, clinic_ids: Collection[int], since: int, until: int) -> dict[int, list[AbsenceRow]]:
    """Absences that touch the time from `since` up to `until`, by clinic, in order."""
    asked = {"clinic_ids": list(clinic_ids), "away_since": since, "away_until": until}
    rows = conn.execute(_ABSENCES, asked)
    found: dict[int, list[AbsenceRow]] = {clinic_id: [] for clinic_id in clinic_ids}
    for row in rows:
        found[row.clinic_id].append(AbsenceRow(*row))
    return found


def visit_types(conn: Connection, clinic_ids: Collection[int]) -> dict[int, list[VisitTypeRow]]:
    """The kinds of visit by clinic, the first visit first."""
    rows = conn.execute(_VISIT_TYPES, {"clinic_ids": list(clinic_ids)})
    found: dict[int, list[VisitTypeRow]] = {clinic_id: [] for clinic_id in clinic_ids}
    for row in rows:
        found[row.clinic_id].append(VisitTypeRow(*row))
    return found


def first_visit(conn: Connection, clinic_id: int) -> VisitTypeRow | None:
    """What a new patient books."""
    return next(iter(visit_types(conn, [clinic_id])[clinic_id]), None)


def visit_type_of(conn: Connection, visit_type_id: int) -> VisitTypeRow:
    """Raises NoResultFound for an id that is none."""
    return VisitTypeRow(*conn.execute(sa.select(*_VISIT_TYPE).where(visit_type.c.id == visit_type_id)).one())


def add(conn: Connection, clinic_id: int, name: str, title: str, *, signs: bool = False) -> int:
    return _insert(conn, practitioner, {"clinic_id": clinic_id, "name": name, "title": title, "signs": signs})


def add_hours(conn: Connection, clinic_id: int, practitioner_id: int, *, weekday: int, opens: int, closes: int) -> int:
    """Minutes after local midnight. Raises ValueError unless 0 ≤ opens < closes ≤ 1440 and weekday is 0 to 6."""
    if not (0 <= opens < closes <= 1_440 and 0 <= weekday <= 6):
        raise ValueError(f"hours from minute {opens} to {closes} on weekday {weekday}: give 0 ≤ opens < closes ≤ 1440")
    values = {"clinic_id": clinic_id, "practitioner_id": practitioner_id, "weekday": weekday}
    return _insert(conn, working_hours, values | {"opens": opens, "closes": closes})


def add_absence(
    conn: Connection, clinic_id: int, practitioner_id: int | None, *, starts_at: int, ends_at: int, words: str
) -> int:
    """`practitioner_id` None closes the clinic; `words` say why ("Thanksgiving")."""
    values = {"clinic_id": clinic_id, "practitioner_id": practitioner_id, "words": words}
    return _insert(conn, absence, values | {"starts_at": starts_at, "ends_at": ends_at})


def add_visit_type(
    conn: Connection,
    clinic_id: int,
    key: str,
    name: str,
    *,
    minutes: int,
    buffer_minutes: int = 0,
    first: bool = False,
) -> int:
    values = {"clinic_id": clinic_id, "key": key, "name": name, "minutes": minutes}
    return _insert(conn, visit_type, values | {"buffer_minutes": buffer_minutes, "first_visit": first})


def _insert(conn: Connection, table: sa.Table, values: Mapping[str, Any]) -> int:
    row_id = ids.new()
    conn.execute(sa.insert(table).values(id=row_id, **values))
    return row_id
