"""Working out what would become of each row, without changing anybody. A batch is a transaction: killed anywhere, the
next look goes on where this one came to; of two hands one writes a batch, the other leaves it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from service.domain.import_fate import is_refused
from service.domain.import_row import Person, Refused, Seen
from service.domain.import_state import ImportState
from service.storage import clinics, import_rows, lead_imports, leads, suppressions
from service.storage.lead_imports import ImportRow
from service.usecases.again import again
from service.usecases.imports.read_rows import File, fate_of, open_file, read
from service.usecases.imports.take_list import plan_of
from service.usecases.kit import Kit

BATCH = 1_000


def look_through(kit: Kit, import_id: int, go_on: Callable[[], bool]) -> None:
    with kit.db.read() as conn:
        row = lead_imports.find(conn, import_id)
        zone = clinics.get(conn, row.clinic_id).zone if row is not None else ""
    if row is None or row.state != ImportState.LOOKING:
        return
    file, seen, at = open_file(row), Seen(), row.reached
    lines = [line.number for line in file.table.rows]
    for person in file.people(lines[:at], kit.clock()):
        seen.twice(person)
    while go_on():
        some = lines[at : at + BATCH]
        fates = _fates(kit, row, zone, file, some, seen)
        if not again(partial(_write, kit, row, at, fates)) or not some:
            return
        at += len(some)


def _fates(
    kit: Kit, row: ImportRow, zone: str, file: File, lines: list[int], seen: Seen
) -> list[tuple[int, str, bool]]:
    people = file.people(lines, kit.clock())
    keys = [person.address.key for person in people if person.address]
    with kit.db.read() as conn:
        known = leads.by_email_keys(conn, row.clinic_id, keys)
        stops = suppressions.standing_for(conn, row.clinic_id, keys)

    def fate(person: Person) -> str:
        return Refused.TWICE if seen.twice(person) else fate_of(read(person, zone), known, stops).fate

    found = [(person.line, str(fate(person))) for person in people]
    return [(line, told, is_refused(told)) for line, told in found]


def _write(kit: Kit, read_as: ImportRow, at: int, fates: list[tuple[int, str, bool]]) -> bool:
    """False when another hand was faster, or somebody took the file back or explained it otherwise meanwhile."""
    import_id = read_as.id
    with kit.db.write() as conn:
        row = lead_imports.hold(conn, import_id, ImportState.LOOKING)
        if row is None or row.reached != at or plan_of(row) != plan_of(read_as):
            return False
        import_rows.add(conn, import_id, fates)
        if fates:
            lead_imports.change(conn, import_id, {"reached": at + len(fates)})
        else:
            counts = import_rows.counts(conn, import_id)
            lead_imports.change(conn, import_id, {"state": ImportState.LOOKED, "counts": counts})
    return True
