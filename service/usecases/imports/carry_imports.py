"""Going on with every list of people that has work left."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from service.domain.import_state import ImportState
from service.domain.table_file import NotATable
from service.storage import lead_imports
from service.usecases.advance import always
from service.usecases.imports.look_through import look_through
from service.usecases.imports.take_rows import take_rows
from service.usecases.imports.undo_list import undo_rows
from service.usecases.kit import Kit

_Work = Callable[[Kit, int, Callable[[], bool]], None]
_OF_STATE: Mapping[str, _Work] = {
    ImportState.LOOKING: look_through,
    ImportState.RUNNING: take_rows,
    ImportState.UNDOING: undo_rows,
}


def carry_imports(kit: Kit, *, go_on: Callable[[], bool] = always) -> int:
    """Oldest first; gives how many there were. A file that was let go of meanwhile ends where it is."""
    with kit.db.read() as conn:
        found = lead_imports.going(conn)
    for import_id, state in found:
        carry_import(kit, import_id, state, go_on)
    return len(found)


def carry_import(kit: Kit, import_id: int, state: str, go_on: Callable[[], bool] = always) -> None:
    try:
        _OF_STATE[state](kit, import_id, go_on)
    except NotATable:
        with kit.db.write() as conn:
            if lead_imports.hold(conn, import_id, state) is not None:
                lead_imports.change(conn, import_id, {"state": ImportState.GONE, "ended_at": kit.clock()})
