"""Campaigns as they are being changed, before they are published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from service.storage import draft_texts
from service.storage.tables import draft


@dataclass(frozen=True, slots=True)
class DraftRow:
    campaign_id: int
    clinic_id: int
    source: str
    mails: Mapping[str, Mapping[str, str]]
    changed_by: int | None
    changed_at: int


_ROW = [draft.c[name] for name in DraftRow.__dataclass_fields__]


def get(conn: Connection, campaign_id: int) -> DraftRow | None:
    row = conn.execute(sa.select(*_ROW).where(draft.c.campaign_id == campaign_id)).first()
    return DraftRow(*row) if row else None


def put(conn: Connection, row: DraftRow) -> None:
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    values = {name: getattr(row, name) for name in DraftRow.__dataclass_fields__}
    values["mails"] = {name: dict(mail) for name, mail in row.mails.items()}
    conn.execute(insert(draft).values(values).on_conflict_do_update(index_elements=["campaign_id"], set_=values))


def drop(conn: Connection, campaign_id: int) -> bool:
    """With all that could be undone. False where there was none."""
    draft_texts.forget(conn, campaign_id)
    return conn.execute(sa.delete(draft).where(draft.c.campaign_id == campaign_id)).rowcount == 1
