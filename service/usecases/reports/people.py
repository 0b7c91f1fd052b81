"""The people behind one number of a report."""

from __future__ import annotations

from dataclasses import dataclass

from service.storage import lead_list
from service.storage.lead_list import PAGE, After, LeadLine, Wanted
from service.storage.tables import lead
from service.usecases.kit import Kit
from service.usecases.reports.count_report import count_tables, kept_report
from service.usecases.reports.sheet import Asked, Sheet, find_cell
from service.usecases.reports.show import load_names


@dataclass(frozen=True, slots=True)
class Behind:
    """`row` and `column` name the number. `more`: where the next page begins. `taken_at`: when it was counted, None:
    just now."""

    sheet: Sheet
    row: str
    column: str
    counted: int
    lines: list[LeadLine]
    more: After | None
    taken_at: int | None = None


def show_behind(
    kit: Kit, key: str, sheet: Sheet, asked: Asked, row: str, measure: str, after: After | None
) -> Behind | None:
    """None where the report has no such number."""
    kept = kept_report(kit, key, asked)
    with kit.db.read() as conn:
        table = kept.tables[sheet.key] if kept else count_tables(conn, [sheet], asked)[sheet.key]
        found = find_cell(sheet, table, asked, load_names(kit, conn, asked), row, measure)
        if found is None:
            return None
        cell, counted, name = found
        wanted = Wanted(who=lead.c.id.in_(sheet.cube(asked).people(cell)))
        lines = lead_list.page(conn, asked.clinic.id, wanted, asked.now, after)
    shown = lines[:PAGE]
    more = (shown[-1].created_at, shown[-1].id) if len(lines) > PAGE else None
    column = next(head.label for head in sheet.heads if head.key == measure)
    return Behind(sheet, name, column, counted, shown, more, kept.taken_at if kept else None)
