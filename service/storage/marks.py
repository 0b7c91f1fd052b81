"""Marks on leads: fields of the clinic's own making, and tags. Safe to write twice; one statement a batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from service.domain.conditions import folded, number
from service.storage.tables import lead_field, lead_tag

LONGEST_VALUE, LONGEST_NAME = 300, 60  # characters: an index holds them


@dataclass(frozen=True, slots=True)
class FieldMark:
    """A blank value forgets the field."""

    clinic_id: int
    lead_id: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class TagMark:
    clinic_id: int
    lead_id: int
    tag: str


def kept(text: str, longest: int) -> str:
    """A text as it is stored: trimmed, cut to length, without what PostgreSQL refuses."""
    return text.replace("\0", "").strip()[:longest].strip()


def set_fields(conn: Connection, marks: Iterable[FieldMark], at: int) -> list[FieldMark]:
    """Sets, or for a blank value forgets; of two marks of the same field the later holds. Gives those that were set to
    another value than before, as stored."""
    last = {
        (mark.lead_id, kept(mark.name, LONGEST_NAME)): (mark.clinic_id, kept(mark.value, LONGEST_VALUE))
        for mark in marks
    }
    _forget_blank(conn, [key for key, (_clinic, value) in last.items() if not value])
    rows = [
        {
            "lead_id": lead_id,
            "name": name,
            "clinic_id": clinic_id,
            "value": value,
            "folded": folded(value),
            "number": number(value),
            "at": at,
        }
        for (lead_id, name), (clinic_id, value) in sorted(last.items())
        if value
    ]
    if not rows:
        return []
    insert = (sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert)(lead_field)
    fresh = {name: insert.excluded[name] for name in ("value", "folded", "number", "at")}
    statement = insert.on_conflict_do_update(
        index_elements=["lead_id", "name"], set_=fresh, where=lead_field.c.value != insert.excluded.value
    ).returning(lead_field.c.clinic_id, lead_field.c.lead_id, lead_field.c.name, lead_field.c.value)
    return [FieldMark(*row) for row in conn.execute(statement, rows)]


def _forget_blank(conn: Connection, keys: Collection[tuple[int, str]]) -> None:
    for name in sorted({name for _lead, name in keys}):
        forget_fields(conn, [lead_id for lead_id, of in keys if of == name], name)


def forget_fields(conn: Connection, lead_ids: Collection[int], name: str) -> None:
    gone = lead_field.c.lead_id.in_(sorted(lead_ids)) & (lead_field.c.name == kept(name, LONGEST_NAME))
    conn.execute(sa.delete(lead_field).where(gone))


def add_tags(conn: Connection, marks: Iterable[TagMark], at: int) -> list[TagMark]:
    """Gives those that the lead did not have."""
    wanted = {(mark.lead_id, kept(mark.tag, LONGEST_NAME)): mark.clinic_id for mark in marks}
    rows = [
        {"lead_id": lead_id, "tag": tag, "clinic_id": clinic_id, "at": at}
        for (lead_id, tag), clinic_id in sorted(wanted.items())
        if tag
    ]
    if not rows:
        return []
    insert = (sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert)(lead_tag)
    statement = insert.on_conflict_do_nothing().returning(lead_tag.c.clinic_id, lead_tag.c.lead_id, lead_tag.c.tag)
    return [TagMark(*row) for row in conn.execute(statement, rows)]


def remove_tags(conn: Connection, lead_ids: Collection[int], tag: str) -> None:
    gone = lead_tag.c.lead_id.in_(sorted(lead_ids)) & (lead_tag.c.tag == kept(tag, LONGEST_NAME))
    conn.execute(sa.delete(lead_tag).where(gone))


def fields_of(conn: Connection, lead_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Name and value by lead; a lead without any is left out."""
    found: dict[int, dict[str, str]] = {}
    query = sa.select(lead_field.c.lead_id, lead_field.c.name, lead_field.c.value)
    for lead_id, name, value in conn.execute(query.where(lead_field.c.lead_id.in_(list(lead_ids)))):
        found.setdefault(lead_id, {})[name] = value
    return found


def tags_of(conn: Connection, lead_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """A lead without any is left out."""
    found: dict[int, set[str]] = {}
    query = sa.select(lead_tag.c.lead_id, lead_tag.c.tag).where(lead_tag.c.lead_id.in_(list(lead_ids)))
    for lead_id, tag in conn.execute(query):
        found.setdefault(lead_id, set()).add(tag)
    return {lead_id: frozenset(tags) for lead_id, tags in found.items()}
