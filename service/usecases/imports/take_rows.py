"""Taking a list's rows: new leads with their consent, what was missing of known ones, and everybody's stops.

A batch is one transaction, decided anew on what stands then: killed anywhere, the next round goes on with the rows that
are left; a row is taken once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy.engine import Connection

from service.domain.import_fate import ROW_WORDS, Decided, Fate, is_refused
from service.domain.import_state import ImportState
from service.domain.table_text import csv_text
from service.storage import audits, clinics, import_rows, lead_imports, leads, suppressions
from service.storage.clinics import ClinicRow
from service.storage.lead_imports import ImportRow
from service.usecases.again import again
from service.usecases.imports.read_rows import File, Read, fate_of, open_file, read
from service.usecases.imports.stop_people import Stop, stop_people
from service.usecases.imports.write_people import Taken, add_people, fill_gaps
from service.usecases.kit import Kit

BATCH = 500


@dataclass(slots=True)
class _Batch:
    """`settled`: fate, lead, whether it is the list's own, and the row's id."""

    taken: Taken
    new: list[tuple[int, Read]] = field(default_factory=list)
    settled: list[tuple[str, int | None, bool, int]] = field(default_factory=list)


def take_rows(kit: Kit, import_id: int, go_on: Callable[[], bool]) -> None:
    with kit.db.read() as conn:
        row = lead_imports.find(conn, import_id)
        clinic = clinics.get(conn, row.clinic_id) if row is not None else None
    if row is None or clinic is None or row.state != ImportState.RUNNING:
        return
    file = open_file(row)
    while go_on() and again(partial(_next, kit, row, clinic, file)):
        pass


def _next(kit: Kit, row: ImportRow, clinic: ClinicRow, file: File) -> bool:
    now = kit.clock()
    with kit.db.read() as conn:
        left = import_rows.left(conn, row.id, BATCH)
    people = [read(person, clinic.zone) for person in file.people([line for _, line in left], now)]
    with kit.db.write() as conn:
        held = lead_imports.hold(conn, row.id, ImportState.RUNNING)
        if held is None or held.source_id is None:
            return False
        if not left:
            _end(conn, held, file, now)
            return False
        if import_rows.left(conn, row.id, BATCH) == left:
            batch = _Batch(Taken(clinic, held.source_id, row.name, file.plan, now))
            _take(conn, batch, [row_id for row_id, _ in left], people)
            import_rows.settle(conn, batch.settled)
            lead_imports.change(conn, row.id, {"reached": held.reached + len(batch.settled)})
    return True


def _take(conn: Connection, batch: _Batch, row_ids: Sequence[int], people: Sequence[Read]) -> None:
    """Whoever got a lead by another way meanwhile is left for the next batch."""
    clinic_id, keys = batch.taken.clinic.id, [each.key for each in people if each.key]
    known = leads.lock_by_email_keys(conn, clinic_id, keys)
    stops = suppressions.standing_for(conn, clinic_id, keys)
    decided = [(row_id, each, fate_of(each, known, stops)) for row_id, each in zip(row_ids, people, strict=True)]
    filled: list[tuple[Read, Decided]] = []
    for row_id, each, said in decided:
        if said.fate == Fate.NEW:
            batch.new.append((row_id, each))
        elif said.fate != Fate.STOPS:
            lead = known.get(each.key)
            if said.fate == Fate.ADDS:
                filled.append((each, said))
            batch.settled.append((str(said.fate), lead.id if lead and said.fate == Fate.ADDS else None, False, row_id))
    made = add_people(conn, batch.taken, [each for _, each in batch.new])
    batch.settled += [(Fate.NEW.value, made[each.key], True, row_id) for row_id, each in batch.new if each.key in made]
    fill_gaps(conn, batch.taken, known, filled)
    stopping = [(row_id, each) for row_id, each, said in decided if said.fate == Fate.STOPS]
    stop_people(conn, clinic_id, [Stop(each.key, each.person.stop or "") for _, each in stopping], batch.taken.now)
    batch.settled += [(Fate.STOPS.value, None, False, row_id) for row_id, _ in stopping]


def _end(conn: Connection, row: ImportRow, file: File, now: int) -> None:
    """What was taken stands with the leads; of the file only the rows that were not are kept, to be mended."""
    counts = import_rows.counts(conn, row.id)
    rest = (
        refused_file(file, import_rows.with_fates(conn, row.id, [*ROW_WORDS])) if any(map(is_refused, counts)) else ""
    )
    values = {"state": ImportState.DONE, "counts": counts, "body": rest.encode(), "ended_at": now, "reached": row.total}
    lead_imports.change(conn, row.id, values)
    audits.record(conn, row.clinic_id, row.user_id, now, "list of people ended", str(row.id), dict(counts))


def refused_file(file: File, refused: Sequence[tuple[int, str]]) -> str:
    """The rows that are not taken as a file of their own: the line, why not, and the row as it was."""
    rows = ((line, ROW_WORDS[fate], *file.table.rows[file.places[line]].cells) for line, fate in refused)
    return csv_text(["Line", "Why it was left out", *file.table.heads], rows)
