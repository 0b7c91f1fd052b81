"""A list of people as the desk shows it: its columns with samples, what becomes of whom, the rows left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.import_columns import Part
from service.domain.import_fate import CHANGES, FATE_WORDS, KEPT, ROW_WORDS
from service.domain.import_state import ImportState
from service.domain.table_file import read_table
from service.storage import audits, import_rows, lead_imports
from service.storage.lead_imports import ImportRow
from service.usecases.imports.read_rows import open_file
from service.usecases.imports.take_rows import refused_file
from service.usecases.kit import Kit

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Column:
    """`part` is empty for a column that is left out."""

    place: int
    head: str
    samples: tuple[str, ...]
    part: str


@dataclass(frozen=True, slots=True)
class Fates:
    """(fate, words, rows), the most first. `refused`: (line, why), the first of them."""

    changes: tuple[tuple[str, str, int], ...]
    kept: tuple[tuple[str, str, int], ...]
    left_out: tuple[tuple[str, str, int], ...]
    refused: tuple[tuple[int, str], ...]

    @property
    def changing(self) -> int:
        return sum(number for *_, number in self.changes)

    @property
    def refusing(self) -> int:
        return sum(number for *_, number in self.left_out)


def list_of(kit: Kit, clinic_id: int, import_id: int) -> ImportRow | None:
    """None for another clinic's, too."""
    with kit.db.read() as conn:
        row = lead_imports.find(conn, import_id)
    return row if row is not None and row.clinic_id == clinic_id else None


def columns_of(row: ImportRow) -> list[Column]:
    table = read_table(row.body)
    return [
        Column(place, head or f"Column {place + 1}", tuple(table.samples(place)), row.mapping.get(str(place), ""))
        for place, head in enumerate(table.heads)
    ]


def mapping_of(chosen: Mapping[int, str]) -> dict[int, Part]:
    known = {part.value for part in Part}
    return {place: Part(said) for place, said in chosen.items() if said in known}


def fates_of(kit: Kit, row: ImportRow) -> Fates:
    counts = row.counts

    def some(wanted: tuple[str, ...]) -> tuple[tuple[str, str, int], ...]:
        found = [(fate, FATE_WORDS[fate], counts[fate]) for fate in wanted if counts.get(fate)]
        return tuple(sorted(found, key=lambda each: -each[2]))

    with kit.db.read() as conn:
        first = import_rows.with_fates(conn, row.id, [*ROW_WORDS], SHOWN)
    refused = tuple((line, ROW_WORDS[fate]) for line, fate in first)
    return Fates(some(CHANGES), some(KEPT), some(tuple(ROW_WORDS)), refused)


def refused_rows(kit: Kit, row: ImportRow, user_id: int | None) -> str:
    """The rows that are left out, as a file to mend and bring again; empty when there are none or it was let go of. Who
    took it is recorded."""
    with kit.db.write() as conn:
        audits.record(conn, row.clinic_id, user_id, kit.clock(), "rows of a list exported", str(row.id), {})
        if row.state in (ImportState.DONE, ImportState.UNDONE, ImportState.UNDOING):
            return row.body.decode()
        refused = import_rows.with_fates(conn, row.id, [*ROW_WORDS])
    return refused_file(open_file(row), refused) if refused and row.body else ""
