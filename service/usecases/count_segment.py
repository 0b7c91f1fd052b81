"""Whom a segment holds of, at this moment: how many, and who."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from service.content.segment_file import parse_segment
from service.domain.conditions import Condition
from service.storage import clinics, condition_sql, segments
from service.storage.clinics import ClinicRow
from service.storage.segments import PAGE, After, Member
from service.usecases.kit import Kit


@dataclass(frozen=True, slots=True)
class Page:
    """`next`: what the page after this one begins behind; None at the end."""

    members: list[Member]
    next: After | None


def count_who(kit: Kit, clinic_id: int, who: Condition) -> int:
    with kit.db.read() as conn:
        return segments.count(conn, who_now(conn, clinic_id, who, kit.clock()))


def count_segment(kit: Kit, clinic_id: int, key: str) -> int:
    """Raises KeyError for a key that the clinic has no segment of."""
    with kit.db.read() as conn:
        who = condition_of(conn, clinic_id, key)
        return segments.count(conn, who_now(conn, clinic_id, who, kit.clock()))


def show_members(kit: Kit, clinic_id: int, who: Condition, after: After | None = None, size: int = PAGE) -> Page:
    """Newest leads first."""
    with kit.db.read() as conn:
        found = segments.page(conn, who_now(conn, clinic_id, who, kit.clock()), after, size)
    shown = found[:size]
    return Page(shown, (shown[-1].created_at, shown[-1].id) if len(found) > size else None)


def condition_of(conn: Connection, clinic_id: int, key: str) -> Condition:
    """The condition of a kept segment. Raises KeyError."""
    row = segments.by_key(conn, clinic_id, key)
    if row is None:
        raise KeyError(key)
    return parse_segment(row.source, f"segment {key}").who


def who_now(conn: Connection, clinic_id: int, who: Condition, now: int) -> ColumnElement[bool]:
    """The condition as a clause over `lead`."""
    return condition_sql.clause(who, clinic_id, now, clinics.get(conn, clinic_id).score_half_life)


def clinic_called(conn: Connection, slug: str | None) -> ClinicRow | None:
    """The clinic with this slug; without one the only clinic there is, or None."""
    if slug is not None:
        return clinics.by_slug(conn, slug)
    houses = list(clinics.everyone(conn).values())
    return houses[0] if len(houses) == 1 else None
