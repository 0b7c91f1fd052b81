"""Whether the consents of a clinic are what they were when their receipts were written."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from service.domain.receipt import FIRST, Fact, commit, link, seal
from service.storage import consents, receipts
from service.storage.consents import ConsentRow
from service.storage.leads import LeadRow
from service.storage.receipts import ReceiptRow
from service.usecases.kit import Kit

PAGE = 2_000
MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Checked:
    """`changed`: numbers of receipts, the first of them, whose consent reads otherwise than it did, is gone, or whose
    place in the chain is not theirs. `erased` of the `total` cannot be told any more, as they should not."""

    total: int
    erased: int
    changed: tuple[int, ...]
    cut: bool = False

    @property
    def holds(self) -> bool:
        return not self.changed and not self.cut


def check_receipts(kit: Kit, clinic_id: int) -> Checked:
    """Reads the whole chain, some at a time."""
    with kit.db.read() as conn:
        head = receipts.head(conn, clinic_id)
    at, before, erased, total = 0, FIRST, 0, 0
    changed: list[int] = []
    while True:
        with kit.db.read() as conn:
            rows = receipts.after(conn, clinic_id, at, PAGE)
        for row, fact in rows:
            if row.number > head.length:
                break
            total += 1
            erased += row.salt is None
            fits = row.number == at + 1 and link(before, row.commitment) == row.link and is_true(row, fact)
            if not fits and len(changed) < MOST_TOLD:
                changed.append(row.number)
            at, before = row.number, row.link
        if len(rows) < PAGE or at >= head.length:
            break
    return Checked(total, erased, tuple(changed), cut=(at, before) != (head.length, head.link))


def is_true(row: ReceiptRow, fact: Fact | None) -> bool:
    """Whether the ledger says what it said. Of what was erased nothing is asked."""
    if row.salt is None:
        return True
    return fact is not None and commit(row.salt, replace(fact, lead_id=row.lead_id)) == row.commitment


@dataclass(frozen=True, slots=True)
class Line:
    """A consent with its receipt: `number` and `seal` None for the first seconds; `holds` False where the ledger does
    not say any more what it said. `elsewhere`: it was given at an entry that has become this one."""

    row: ConsentRow
    number: int | None
    seal: str | None
    holds: bool
    elsewhere: bool


def show_receipts(conn: Connection, lead: LeadRow) -> list[Line]:
    """All that a lead agreed to and took back, oldest first."""
    known = receipts_of(conn, lead.clinic_id, lead.id)
    lines: list[Line] = []
    for row in consents.of_lead(conn, lead.id):
        found = known.get(row.id)
        if found is None:
            lines.append(Line(row, None, None, holds=True, elsewhere=False))
        else:
            told, holds = found
            lines.append(Line(row, told.number, seal(told.link), holds, elsewhere=told.lead_id != lead.id))
    return lines


def receipts_of(conn: Connection, clinic_id: int, lead_id: int) -> dict[int, tuple[ReceiptRow, bool]]:
    """By consent of a lead: its receipt, and whether both it and its place in the chain hold."""
    found = receipts.of_lead(conn, lead_id)
    links = receipts.before(conn, clinic_id, [row.number - 1 for row, _ in found.values()]) if found else {}
    return {
        consent_id: (row, is_true(row, fact) and link(links.get(row.number - 1, FIRST), row.commitment) == row.link)
        for consent_id, (row, fact) in found.items()
    }
