"""The consent ledger: rows are added, never changed. `lead.consent` repeats its last word, to select by."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import bulk, ids, leads
from service.storage.either_way import listed
from service.storage.tables import consent


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """`kind`: asked, given, confirmed or withdrawn. `wording` and `version` are what the person read, to the letter."""

    id: int
    clinic_id: int
    lead_id: int
    source_id: int | None
    kind: str
    wording: str
    version: str
    how: str
    page: str | None
    ip: str | None
    at: int


_ROW = [consent.c[column.name] for column in fields(ConsentRow)]
_MANY = ("id", "clinic_id", "lead_id", "source_id", "kind", "wording", "version", "how", "at")
_STATE = {"asked": "pending", "given": "given", "confirmed": "given", "withdrawn": "withdrawn"}


def record(
    conn: Connection,
    *,
    clinic_id: int,
    lead_id: int,
    kind: str,
    wording: str,
    version: str,
    how: str,
    at: int,
    source_id: int | None = None,
    page: str | None = None,
    ip: str | None = None,
    project: bool = True,
) -> int:
    """Adds a row to the ledger and, with `project`, makes it the lead's state: given from `given` and `confirmed`,
    pending from `asked`, withdrawn from `withdrawn`. Returns the row's id."""
    consent_id = ids.new()
    conn.execute(
        sa.insert(consent).values(
            id=consent_id,
            clinic_id=clinic_id,
            lead_id=lead_id,
            source_id=source_id,
            kind=kind,
            wording=wording,
            version=version,
            how=how,
            page=page,
            ip=ip,
            at=at,
        )
    )
    if project:
        values: dict[str, object] = {"consent": _STATE[kind], "consent_at": at}
        if kind == "confirmed":
            values["confirmed_at"] = at
        leads.change(conn, lead_id, values, at)
    return consent_id


def add_given(
    conn: Connection, clinic_id: int, source_id: int, said: tuple[str, str, str], people: Sequence[tuple[int, int]]
) -> None:
    """Rows of `given` for many: the ledger alone, the leads are somebody else's to set. `said`: wording, version, how.
    `people`: lead and when."""
    wording, version, how = said
    rows = [
        (row_id, clinic_id, lead_id, source_id, "given", wording, version, how, at)
        for row_id, (lead_id, at) in zip(ids.take(len(people)), people, strict=True)
    ]
    bulk.insert_rows(conn, consent, _MANY, rows)


def add_withdrawn(conn: Connection, clinic_id: int, how: str, people: Sequence[tuple[int, str]], at: int) -> None:
    """Rows of `withdrawn` for many: the ledger alone. `people`: lead and the wording that stood."""
    rows = [
        (row_id, clinic_id, lead_id, None, "withdrawn", wording, "", how, at)
        for row_id, (lead_id, wording) in zip(ids.take(len(people)), people, strict=True)
    ]
    bulk.insert_rows(conn, consent, _MANY, rows)


def of_lead(conn: Connection, lead_id: int) -> list[ConsentRow]:
    """Oldest first."""
    rows = conn.execute(sa.select(*_ROW).where(consent.c.lead_id == lead_id).order_by(consent.c.at, consent.c.id))
    return [ConsentRow(*row) for row in rows]


def last(conn: Connection, lead_id: int, *kinds: str) -> ConsentRow | None:
    """The newest row, of these kinds if any are named."""
    query = sa.select(*_ROW).where(consent.c.lead_id == lead_id)
    if kinds:
        query = query.where(consent.c.kind.in_(kinds))
    row = conn.execute(query.order_by(consent.c.at.desc(), consent.c.id.desc()).limit(1)).first()
    return ConsentRow(*row) if row else None


_WORDINGS = (
    sa.select(consent.c.lead_id, consent.c.wording)
    .where(listed(consent.c.lead_id, "lead_ids"), consent.c.kind.in_(["given", "asked"]))
    .order_by(consent.c.at, consent.c.id)
)


def given_wordings(conn: Connection, lead_ids: Collection[int]) -> dict[int, str]:
    """The wording that each lead last agreed to or was asked to confirm."""
    return {lead_id: wording for lead_id, wording in conn.execute(_WORDINGS, {"lead_ids": lead_ids}).all()}
