"""Segments: whom a condition holds of, counted, listed, and watched for who comes and goes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from service.storage import ids
from service.storage.either_way import among
from service.storage.tables import campaign, campaign_version, lead, segment, segment_member

PAGE = 50


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """`source`: the segment's file as it was written."""

    id: int
    clinic_id: int
    key: str
    name: str
    source: str
    changed_at: int


@dataclass(frozen=True, slots=True)
class Member:
    id: int
    first_name: str | None
    last_name: str | None
    email: str | None
    created_at: int


@dataclass(frozen=True, slots=True)
class Change:
    """Who is in now and was not at the last look, and who was and is no more."""

    came: list[int]
    left: list[int]


After = tuple[int, int]  # created_at and id of the page's last line
_ROW = [segment.c[name] for name in SegmentRow.__dataclass_fields__]


def put(conn: Connection, clinic_id: int, key: str, name: str, source: str, now: int) -> int:
    """Adds the segment, or changes the one with this key; gives its id."""
    insert = (sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert)(segment)
    row = {"id": ids.new(), "clinic_id": clinic_id, "key": key, "name": name, "source": source}
    fresh = {"name": name, "source": source, "changed_at": now}
    statement = insert.values(**row, created_at=now, changed_at=now).on_conflict_do_update(
        index_elements=["clinic_id", "key"], set_=fresh
    )
    number: int = conn.execute(statement.returning(segment.c.id)).scalar_one()
    return number


def by_key(conn: Connection, clinic_id: int, key: str) -> SegmentRow | None:
    row = conn.execute(sa.select(*_ROW).where(segment.c.clinic_id == clinic_id, segment.c.key == key)).first()
    return SegmentRow(*row) if row else None


def of_clinic(conn: Connection, clinic_id: int) -> list[SegmentRow]:
    rows = conn.execute(sa.select(*_ROW).where(segment.c.clinic_id == clinic_id).order_by(segment.c.name, segment.c.id))
    return [SegmentRow(*row) for row in rows]


def by_keys(conn: Connection, wanted: Iterable[tuple[int, str]]) -> list[SegmentRow]:
    """`wanted`: (clinic, key)."""
    rows = conn.execute(sa.select(*_ROW).where(sa.tuple_(segment.c.clinic_id, segment.c.key).in_(sorted(set(wanted)))))
    return [SegmentRow(*row) for row in rows]


def entering_versions(conn: Connection) -> list[tuple[int, int]]:
    """(clinic, version) of the campaigns that a segment enters, as they are published now."""
    rows = conn.execute(
        sa.select(campaign.c.clinic_id, campaign_version.c.id)
        .join(campaign_version, campaign_version.c.id == campaign.c.version_id)
        .where(campaign.c.entry_on == "segment")
    )
    return [(row[0], row[1]) for row in rows]


def count(conn: Connection, who: ColumnElement[bool]) -> int:
    """`who`: of condition_sql.clause."""
    number: int = conn.execute(sa.select(sa.func.count()).select_from(lead).where(who)).scalar_one()
    return number


def page(conn: Connection, who: ColumnElement[bool], after: After | None = None, size: int = PAGE) -> list[Member]:
    """Newest first; at most size + 1, so that one more than is shown tells that there is a next page."""
    query = sa.select(lead.c.id, lead.c.first_name, lead.c.last_name, lead.c.email, lead.c.created_at).where(who)
    if after is not None:
        query = query.where(sa.tuple_(lead.c.created_at, lead.c.id) < sa.tuple_(*map(sa.literal, after)))
    rows = conn.execute(query.order_by(lead.c.created_at.desc(), lead.c.id.desc()).limit(size + 1))
    return [Member(*row) for row in rows]


def ids_after(conn: Connection, who: ColumnElement[bool], last: int, size: int) -> list[int]:
    """The next members by rising id."""
    query = sa.select(lead.c.id).where(who, lead.c.id > last).order_by(lead.c.id).limit(size)
    return list(conn.execute(query).scalars())


def change_of(conn: Connection, segment_id: int, who: ColumnElement[bool], size: int) -> Change:
    """At most `size` of each, in one query."""
    members = sa.select(segment_member).where(segment_member.c.segment_id == segment_id)
    inside = among(lead.c.id, members, segment_member.c.lead_id)
    came = sa.select(lead.c.id, sa.literal(1).label("came")).where(who, sa.not_(inside)).limit(size).subquery()
    gone = (
        sa.select(lead.c.id, sa.literal(0).label("came"))
        .join(segment_member, segment_member.c.lead_id == lead.c.id)
        .where(segment_member.c.segment_id == segment_id, sa.not_(who))
        .limit(size)
        .subquery()
    )
    rows = conn.execute(sa.union_all(sa.select(came), sa.select(gone))).all()
    return Change(sorted(row[0] for row in rows if row[1]), sorted(row[0] for row in rows if not row[1]))


def take_in(
    conn: Connection, segment_id: int, clinic_id: int, who: ColumnElement[bool], lead_ids: Collection[int], now: int
) -> list[int]:
    """Notes those of the leads who are in and were not noted yet; gives exactly them, by rising id."""
    insert = (sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert)(segment_member)
    rows = sa.select(sa.literal(segment_id), lead.c.id, sa.literal(clinic_id), sa.literal(now)).where(
        lead.c.id.in_(list(lead_ids)), who
    )
    statement = insert.from_select(["segment_id", "lead_id", "clinic_id", "since"], rows.order_by(lead.c.id))
    return sorted(conn.execute(statement.on_conflict_do_nothing().returning(segment_member.c.lead_id)).scalars())


def let_go(conn: Connection, segment_id: int, who: ColumnElement[bool], lead_ids: Collection[int]) -> int:
    """Forgets those of the leads who are in no more; gives how many."""
    out = sa.select(lead.c.id).where(lead.c.id.in_(list(lead_ids)), sa.not_(who))
    gone = sa.delete(segment_member).where(segment_member.c.segment_id == segment_id, segment_member.c.lead_id.in_(out))
    return conn.execute(gone).rowcount
