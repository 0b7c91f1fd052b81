"""Leads: one row an address and clinic, and one a phone for those who gave nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.storage import bulk, ids
from service.storage.either_way import listed
from service.storage.inserts import insert_new
from service.storage.locks import lock_ids
from service.storage.tables import clinic, lead, message


@dataclass(frozen=True, slots=True)
class LeadRow:
    """Every column of `lead`. `consent` is the ledger's last word: none, pending, given or withdrawn."""

    id: int
    clinic_id: int
    source_id: int | None
    email: str | None
    email_key: str | None
    first_name: str | None
    last_name: str | None
    phone: str | None
    zone: str
    zone_from: str
    locale: str
    interest: str | None
    page: str | None
    utm: dict[str, str]
    consent: str
    consent_at: int | None
    confirmed_at: int | None
    paused_until: int | None
    pace: str
    refused_topics: list[str]
    created_at: int
    changed_at: int
    revision: int
    also_named: str
    minor: bool
    called_at: int | None = None
    urgent: bool = False

    @property
    def other_names(self) -> tuple[str, ...]:
        """Those of others who signed up with this address, oldest first."""
        return tuple(self.also_named.splitlines())


_ROW = [lead.c[column.name] for column in fields(LeadRow)]
_BY_ID = sa.select(*_ROW).where(lead.c.id == sa.bindparam("lead_id"))
_LOCKED = _BY_ID.with_for_update(key_share=True)


def find(conn: Connection, lead_id: int) -> LeadRow | None:
    row = conn.execute(_BY_ID, {"lead_id": lead_id}).first()
    return LeadRow(*row) if row else None


def get(conn: Connection, lead_id: int) -> LeadRow:
    """Raises KeyError when there is none."""
    row = find(conn, lead_id)
    if row is None:
        raise KeyError(f"no lead {lead_id}")
    return row


def lock(conn: Connection, lead_id: int) -> LeadRow:
    """The lead, held until the transaction ends: who changes it next waits; a row that refers to it does not (the tick
    holds enrollments while it adds messages). Raises KeyError when there is none."""
    row = conn.execute(_LOCKED, {"lead_id": lead_id}).first()
    if row is None:
        raise KeyError(f"no lead {lead_id}")
    return LeadRow(*row)


def lock_many(conn: Connection, lead_ids: Collection[int]) -> None:
    """Whoever changes several of a lead's runs holds the lead first, so that nobody waits in a ring."""
    lock_ids(conn, lead, lead_ids)


def by_ids(conn: Connection, lead_ids: Iterable[int]) -> dict[int, LeadRow]:
    rows = conn.execute(sa.select(*_ROW).where(lead.c.id.in_(list(lead_ids))))
    return {row.id: LeadRow(*row) for row in rows}


def by_email_key(conn: Connection, clinic_id: int, email_key: str) -> LeadRow | None:
    row = conn.execute(sa.select(*_ROW).where(lead.c.clinic_id == clinic_id, lead.c.email_key == email_key)).first()
    return LeadRow(*row) if row else None


def lock_by_email_key(conn: Connection, clinic_id: int, email_key: str) -> LeadRow:
    """The lead with this address, held until the transaction ends. Raises NoResultFound when there is none."""
    row = conn.execute(
        sa.select(*_ROW)
        .where(lead.c.clinic_id == clinic_id, lead.c.email_key == email_key)
        .with_for_update(key_share=True)
    ).one()
    return LeadRow(*row)


def lock_by_email_keys(conn: Connection, clinic_id: int, email_keys: Collection[str]) -> dict[str, LeadRow]:
    """Those of a clinic that have one of these addresses, by address, held until the transaction ends."""
    mine = sa.select(*_ROW).where(lead.c.clinic_id == clinic_id, listed(lead.c.email_key, "email_keys"))
    held = mine.order_by(lead.c.id).with_for_update(key_share=True)
    rows = (LeadRow(*row) for row in conn.execute(held, {"email_keys": list(email_keys)}))
    return {row.email_key or "": row for row in rows}


def by_email_keys(conn: Connection, clinic_id: int, email_keys: Collection[str]) -> dict[str, LeadRow]:
    """The same, holding nobody."""
    mine = sa.select(*_ROW).where(lead.c.clinic_id == clinic_id, listed(lead.c.email_key, "email_keys"))
    rows = (LeadRow(*row) for row in conn.execute(mine, {"email_keys": list(email_keys)}))
    return {row.email_key or "": row for row in rows}


_BY_PHONE = (
    sa.select(*_ROW)
    .where(lead.c.clinic_id == sa.bindparam("clinic"), lead.c.phone == sa.bindparam("phone"))
    .order_by(lead.c.email_key.is_not(None), lead.c.id)
    .limit(1)
    .with_for_update(key_share=True)
)


def lock_by_phone(conn: Connection, clinic_id: int, phone: str) -> LeadRow | None:
    """The lead with this number (E.164), held until the transaction ends: one without an address before one with."""
    row = conn.execute(_BY_PHONE, {"clinic": clinic_id, "phone": phone}).first()
    return LeadRow(*row) if row else None


def of_message(conn: Connection, message_id: int) -> LeadRow | None:
    """The lead that a mail went to."""
    row = conn.execute(sa.select(*_ROW).join(message, message.c.lead_id == lead.c.id).where(message.c.id == message_id))
    first = row.first()
    return LeadRow(*first) if first else None


def addresses(conn: Connection, lead_ids: Iterable[int]) -> dict[int, tuple[str, int]]:
    """By lead: the address, and when anything about the lead was last changed. Without those that have none."""
    query = sa.select(lead.c.id, lead.c.email, lead.c.changed_at).where(listed(lead.c.id, "lead_ids"))
    found = conn.execute(query.where(lead.c.email.is_not(None)), {"lead_ids": list(lead_ids)})
    return {lead_id: (email, changed_at) for lead_id, email, changed_at in found}


def add(
    conn: Connection,
    *,
    clinic_id: int,
    email: str | None,
    email_key: str | None,
    zone: str,
    zone_from: str,
    now: int,
    **values: Any,
) -> int | None:
    """Adds a lead without any consent and returns its id; None when the clinic has one with this `email_key` already,
    or with this phone and no address either. `values` are further columns of `lead`."""
    lead_id = ids.new()
    empty: dict[str, Any] = {"utm": {}, "refused_topics": [], "created_at": now, "changed_at": now}
    fixed = {"clinic_id": clinic_id, "email": email, "email_key": email_key, "zone": zone, "zone_from": zone_from}
    return lead_id if insert_new(conn, lead, {**empty, **values, **fixed, "id": lead_id}) else None


def add_many(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Adds those of the rows whose address the clinic has not; gives their ids by `email_key`. `rows`: the same columns
    each, numbers and texts."""
    if not rows:
        return {}
    columns = (*rows[0], "utm", "refused_topics")
    made = bulk.claim_rows(conn, lead, columns, [(*row.values(), "{}", "[]") for row in rows], "email_key")
    return {row["email_key"]: row["id"] for row in rows if row["email_key"] in made}


def change_many(conn: Connection, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], now: int) -> None:
    """`rows`: the columns' values and the lead's id; each one's revision moves on."""
    given = [(*row[:-1], now, row[-1]) for row in rows]
    bulk.update_rows(conn, lead, (*columns, "changed_at"), given, also="revision = lead.revision + 1")


def change(conn: Connection, lead_id: int, values: Mapping[str, Any], now: int) -> None:
    """Sets columns and moves the revision on, so that a send under way looks again."""
    conn.execute(
        sa.update(lead).where(lead.c.id == lead_id).values(**values, changed_at=now, revision=lead.c.revision + 1)
    )


def with_email_key(conn: Connection, email_key: str, clinic_id: int | None = None) -> list[int]:
    """The leads that have an address, at one clinic or (None) at all, by id."""
    # the one index on addresses begins with the clinic, of which there are few
    clinics = [clinic_id] if clinic_id is not None else sa.select(clinic.c.id)
    query = sa.select(lead.c.id).where(lead.c.clinic_id.in_(clinics), lead.c.email_key == email_key)
    return list(conn.execute(query.order_by(lead.c.id)).scalars())


def ids_by_email_key(conn: Connection, email_key: str, clinic_id: int | None) -> list[int]:
    """The leads with this address, of one clinic or of every clinic."""
    query = sa.select(lead.c.id).where(lead.c.email_key == email_key).order_by(lead.c.id)
    if clinic_id is not None:
        query = query.where(lead.c.clinic_id == clinic_id)
    return list(conn.execute(query).scalars())
