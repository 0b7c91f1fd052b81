"""Receipts of consents: a chain a clinic, added to and never changed, but for the salt of what was erased."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.receipt import FIRST, Fact
from service.storage.either_way import listed
from service.storage.inserts import insert_many_new
from service.storage.tables import consent, receipt, receipt_chain


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """`salt` None: what it is a receipt for was erased."""

    clinic_id: int
    number: int
    consent_id: int
    lead_id: int
    salt: str | None
    commitment: str
    link: str


@dataclass(frozen=True, slots=True)
class Head:
    """How long a clinic's chain is, and its last link."""

    length: int
    link: str


_ROW = [receipt.c[name] for name in ReceiptRow.__dataclass_fields__]
_FACT = [
    consent.c.id, consent.c.lead_id, consent.c.source_id, consent.c.kind, consent.c.wording, consent.c.version,
    consent.c.how, consent.c.page, consent.c.ip, consent.c.at,
]  # fmt: skip


def clinics_waiting(conn: Connection) -> list[int]:
    """Those that have consents without a receipt."""
    found = conn.execute(sa.select(consent.c.clinic_id).where(consent.c.number.is_(None)).distinct())
    return sorted(found.scalars())


def hold(conn: Connection, clinic_id: int) -> Head:
    """The end of the clinic's chain, held until the transaction ends."""
    begins = {"clinic_id": clinic_id, "length": 0, "link": FIRST}
    insert_many_new(conn, receipt_chain, [begins], (receipt_chain.c.clinic_id, receipt_chain.c.length))
    query = sa.select(receipt_chain.c.length, receipt_chain.c.link).where(receipt_chain.c.clinic_id == clinic_id)
    return Head(*conn.execute(query.with_for_update()).one())


def waiting(conn: Connection, clinic_id: int, limit: int) -> list[Fact]:
    """Consents without a receipt, oldest first."""
    query = sa.select(*_FACT).where(consent.c.clinic_id == clinic_id, consent.c.number.is_(None))
    return [Fact(*row) for row in conn.execute(query.order_by(consent.c.id).limit(limit))]


def add(conn: Connection, clinic_id: int, rows: Sequence[ReceiptRow]) -> None:
    """Appends; the last row's link becomes the chain's end."""
    conn.execute(sa.insert(receipt), [{name: getattr(row, name) for name in ReceiptRow.__slots__} for row in rows])
    marks = [{"consent_id": row.consent_id, "its_number": row.number} for row in rows]
    conn.execute(
        sa.update(consent).where(consent.c.id == sa.bindparam("consent_id")).values(number=sa.bindparam("its_number")),
        marks,
    )
    end = rows[-1]
    conn.execute(
        sa.update(receipt_chain).where(receipt_chain.c.clinic_id == clinic_id).values(length=end.number, link=end.link)
    )


def head(conn: Connection, clinic_id: int) -> Head:
    query = sa.select(receipt_chain.c.length, receipt_chain.c.link).where(receipt_chain.c.clinic_id == clinic_id)
    row = conn.execute(query).first()
    return Head(*row) if row else Head(0, FIRST)


def after(conn: Connection, clinic_id: int, number: int, limit: int) -> list[tuple[ReceiptRow, Fact | None]]:
    """The chain's rows behind `number` in their order, each with what the ledger says today; None: the row is gone."""
    query = (
        sa.select(*_ROW, *_FACT)
        .outerjoin(consent, consent.c.id == receipt.c.consent_id)
        .where(receipt.c.clinic_id == clinic_id, receipt.c.number > number)
    )
    found = conn.execute(query.order_by(receipt.c.number).limit(limit)).all()
    return [_pair(tuple(row)) for row in found]


def of_lead(conn: Connection, lead_id: int) -> dict[int, tuple[ReceiptRow, Fact]]:
    """By consent, the receipts of what the ledger says of a lead."""
    query = sa.select(*_ROW, *_FACT).join(consent, consent.c.id == receipt.c.consent_id)
    pairs = [_pair(tuple(row)) for row in conn.execute(query.where(consent.c.lead_id == lead_id))]
    return {row.consent_id: (row, fact) for row, fact in pairs if fact is not None}


def before(conn: Connection, clinic_id: int, numbers: Collection[int]) -> dict[int, str]:
    """The links of these numbers."""
    query = sa.select(receipt.c.number, receipt.c.link).where(
        receipt.c.clinic_id == clinic_id, receipt.c.number.in_(numbers)
    )
    return {number: found for number, found in conn.execute(query)}


def erase(conn: Connection, lead_ids: Collection[int]) -> None:
    """The salts of what is about to be erased of these leads; the chain still holds without them."""
    theirs = sa.select(consent.c.id).where(listed(consent.c.lead_id, "lead_ids"))
    query = sa.update(receipt).where(receipt.c.consent_id.in_(theirs)).values(salt=None)
    conn.execute(query, {"lead_ids": list(lead_ids)})


def _pair(row: tuple[object, ...]) -> tuple[ReceiptRow, Fact | None]:
    told = ReceiptRow(*row[: len(_ROW)])  # type: ignore[arg-type]
    fact = row[len(_ROW) :]
    return told, None if fact[0] is None else Fact(*fact)  # type: ignore[arg-type]
