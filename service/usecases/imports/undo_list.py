"""Taking a list back within a day: the leads that it made and that nothing has happened to since. Stops stay."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from service.domain.import_state import UNDO_FOR, ImportState
from service.storage import audits, import_rows, lead_imports, leads
from service.storage.lead_imports import ImportRow
from service.usecases.again import again
from service.usecases.kit import Kit

BATCH = 500


def may_undo(row: ImportRow, now: int) -> bool:
    return row.state == ImportState.DONE and row.ended_at is not None and now - row.ended_at <= UNDO_FOR


def undo_list(kit: Kit, import_id: int, user_id: int | None) -> bool:
    """False when that is not to be had any more."""
    now = kit.clock()
    with kit.db.write() as conn:
        row = lead_imports.hold(conn, import_id, ImportState.DONE)
        if row is None or not may_undo(row, now):
            return False
        lead_imports.change(conn, import_id, {"state": ImportState.UNDOING, "reached": 0})
        audits.record(conn, row.clinic_id, user_id, now, "list of people undone", str(import_id), {})
    return True


def undo_rows(kit: Kit, import_id: int, go_on: Callable[[], bool]) -> None:
    """Batch by batch; a row that was looked at is not looked at again."""
    while go_on() and again(partial(_next, kit, import_id)):
        pass


def _next(kit: Kit, import_id: int) -> bool:
    with kit.db.write() as conn:
        row = lead_imports.hold(conn, import_id, ImportState.UNDOING)
        if row is None:
            return False
        found = import_rows.made(conn, import_id, BATCH)
        if not found:
            lead_imports.change(conn, import_id, {"state": ImportState.UNDONE, "reached": row.total})
            return False
        leads.lock_many(conn, found.values())
        gone = import_rows.untouched(conn, found.values())
        import_rows.looked_at(conn, found)
        import_rows.take_away(conn, gone)
        reached, undone = row.reached + len(found), row.undone + len(gone)
        lead_imports.change(conn, import_id, {"undone": undone, "reached": reached})
    return True
