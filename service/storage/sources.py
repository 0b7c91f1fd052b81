"""Sources: where sign-ups come from, and what a person reads there before ticking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import ids
from service.storage.inserts import insert_new
from service.storage.tables import source

LIST = "list"  # the vendor of a source that is a list of people


@dataclass(frozen=True, slots=True)
class SourceRow:
    """`key` stands in the address of its webhook; `interest` is assumed where a post names none. The
    `_es`: what people agree to in Spanish, empty where the clinic has not written it. `sites`: the origins of the
    websites that may show the clinic's own form."""

    id: int
    clinic_id: int
    key: str
    vendor: str
    secret: str | None = field(repr=False)
    name: str
    interest: str | None
    consent_wording: str
    consent_version: str
    double_opt_in: bool
    mapping: dict[str, Any]
    created_at: int
    disabled_at: int | None
    consent_wording_es: str = ""
    consent_version_es: str = ""
    sites: str = ""


_ROW = [source.c[column.name] for column in fields(SourceRow)]
_BY_ID = sa.select(*_ROW).where(source.c.id == sa.bindparam("source_id"))
_BY_KEY = sa.select(*_ROW).where(source.c.key == sa.bindparam("source_key"), source.c.disabled_at.is_(None))


def get(conn: Connection, source_id: int) -> SourceRow:
    """Raises KeyError when there is none."""
    row = conn.execute(_BY_ID, {"source_id": source_id}).first()
    if row is None:
        raise KeyError(f"no source {source_id}")
    return SourceRow(*row)


def by_key(conn: Connection, key: str) -> SourceRow | None:
    """The source, unless it is switched off."""
    row = conn.execute(_BY_KEY, {"source_key": key}).first()
    return SourceRow(*row) if row else None


def doors_of(conn: Connection, clinic_id: int) -> list[SourceRow]:
    """Those that posts come in by, oldest first, those switched off included."""
    return [row for row in of_clinic(conn, clinic_id) if row.vendor != LIST]


def of_clinic(conn: Connection, clinic_id: int) -> list[SourceRow]:
    """All of them, oldest first, those switched off included."""
    rows = conn.execute(
        sa.select(*_ROW).where(source.c.clinic_id == clinic_id).order_by(source.c.created_at, source.c.id)
    )
    return [SourceRow(*row) for row in rows]


def form_of_clinic(conn: Connection, clinic_id: int) -> SourceRow | None:
    """The clinic's own hosted form, unless it has none or it is switched off."""
    row = conn.execute(
        sa.select(*_ROW)
        .where(source.c.clinic_id == clinic_id, source.c.vendor == "hosted", source.c.disabled_at.is_(None))
        .order_by(source.c.created_at, source.c.id)
    ).first()
    return SourceRow(*row) if row else None


def add(conn: Connection, clinic_id: int, key: str, values: Mapping[str, Any], now: int) -> int | None:
    """The new source's id; None when the key is taken. `values` are the other columns of `source`."""
    source_id = ids.new()
    row = {**values, "id": source_id, "clinic_id": clinic_id, "key": key, "created_at": now, "disabled_at": None}
    return source_id if insert_new(conn, source, row) else None


def add_list(conn: Connection, clinic_id: int, name: str, wording: str, version: str, now: int) -> int:
    """Where the people of a list come from: it takes no posts, and stands in no list of doors."""
    source_id = ids.new()
    conn.execute(
        sa.insert(source).values(
            id=source_id,
            clinic_id=clinic_id,
            key=version,
            vendor=LIST,
            name=name,
            consent_wording=wording,
            consent_version=version,
            double_opt_in=False,
            mapping={},
            created_at=now,
            disabled_at=now,
        )
    )
    return source_id


def find(conn: Connection, source_id: int) -> SourceRow | None:
    row = conn.execute(_BY_ID, {"source_id": source_id}).first()
    return SourceRow(*row) if row else None


def change(conn: Connection, source_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(sa.update(source).where(source.c.id == source_id).values(**values))
