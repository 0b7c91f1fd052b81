"""python -m service leads import FILE: a list of people, as the desk takes it."""

# ruff: noqa: PLC0415
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.door import Slug, house_called, opened, stop

if TYPE_CHECKING:
    from service.domain.import_row import Plan
    from service.storage.lead_imports import ImportRow
    from service.usecases.kit import Kit

leads = typer.Typer(help="People.")


@leads.callback()
def _leads() -> None:
    """People."""


@leads.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV with one line of headings", exists=True, dir_okay=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only tell what would become of each row")] = False,
    clinic: Slug = None,
    column: Annotated[
        list[str] | None, typer.Option(help="HEADING=MEANING, where the heading alone does not tell; may be repeated")
    ] = None,
    wording: Annotated[str, typer.Option(help="the words these people agreed to")] = "",
    agreed_on: Annotated[str, typer.Option(help="when they agreed (2026-01-31), for rows without a date")] = "",
    everybody_agreed: Annotated[
        bool, typer.Option("--everybody-agreed", help="everybody in the file agreed, and you can show it")
    ] = False,
) -> None:
    """Bring a list of people in. Whoever unsubscribed or bounced elsewhere is never written to; nobody's stop here is
    lifted; no series begins by it."""
    from service.domain.table_file import NotATable
    from service.usecases.imports.take_list import drop_list, explain, take_list

    with opened() as (_, kit):
        house = house_called(kit, clinic)
        agreed_at = _day(agreed_on, house.zone)
        try:
            import_id = take_list(kit, house.id, None, file.name, file.read_bytes())
        except NotATable as fault:
            stop(fault.reason)
        try:
            plan = _plan(_row(kit, import_id), column or [], wording, agreed_at, everybody_agreed)
        except ValueError as fault:
            drop_list(kit, import_id)
            stop(str(fault))
        faults = explain(kit, import_id, plan)
        if faults:
            drop_list(kit, import_id)
            stop("\n".join(faults.values()) + "\nSee --wording, --agreed-on, --everybody-agreed and --column.")
        _carry(kit, import_id, dry_run)


def _carry(kit: Kit, import_id: int, dry_run: bool) -> None:
    from service.domain.import_state import GOING
    from service.usecases.imports.carry_imports import carry_import
    from service.usecases.imports.take_list import begin, drop_list

    def on() -> ImportRow:
        row = _row(kit, import_id)
        while row.state in GOING:
            carry_import(kit, import_id, row.state)
            row = _row(kit, import_id)
        return row

    row = on()
    if not dry_run and begin(kit, import_id, None):
        row = on()
    _tell(kit, row)
    if dry_run:
        drop_list(kit, import_id)


def _tell(kit: Kit, row: ImportRow) -> None:
    from service.usecases.imports.show_import import fates_of

    fates = fates_of(kit, row)
    for _, says, number in (*fates.changes, *fates.kept):
        typer.echo(f"{number:>7,} {says}")
    for _, says, number in fates.left_out:
        typer.echo(f"{number:>7,} left out: {says}")
    for line, why in fates.refused:
        typer.echo(f"        line {line}: {why}")
    if fates.refusing > len(fates.refused):
        typer.echo(f"        and {fates.refusing - len(fates.refused):,} more; the desk has them as a file")


def _plan(row: ImportRow, said: list[str], wording: str, agreed_at: int | None, for_all: bool) -> Plan:
    """Raises ValueError, with what to do."""
    from service.domain.import_columns import Part
    from service.domain.import_row import Plan
    from service.usecases.imports.show_import import columns_of
    from service.usecases.imports.take_list import plan_of

    places = {column.head.casefold(): column.place for column in columns_of(row)}
    mapping = dict(plan_of(row).mapping)
    for each in said:
        head, _, part = each.rpartition("=")
        if head.strip().casefold() not in places:
            raise ValueError(f"no column '{head}' in the file; there are {', '.join(places)}")
        if part not in tuple(Part):
            raise ValueError(f"unknown meaning '{part}'; choose one of {', '.join(Part)}")
        mapping[places[head.strip().casefold()]] = Part(part)
    return Plan(mapping, wording.strip(), agreed_at, for_all)


def _day(text: str, zone: str) -> int | None:
    from service.domain.timing import day_start

    if not text:
        return None
    try:
        return day_start(date.fromisoformat(text).toordinal(), zone)
    except ValueError:
        stop(f"'{text}' is no day: write it like 2026-01-31")


def _row(kit: Kit, import_id: int) -> ImportRow:
    from service.storage import lead_imports

    with kit.db.read() as conn:
        row = lead_imports.find(conn, import_id)
    if row is None:
        stop("the list was deleted meanwhile")
    return row
