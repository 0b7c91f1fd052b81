"""Letting go of the files of lists: of one that names somebody who is erased, and of all that are long done with."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from service.domain.import_state import OPEN, ImportState
from service.storage import lead_imports


def let_go_of(conn: Connection, clinic_id: int, email: str | None) -> None:
    """Every file with that address in it; a list that was not begun with is gone, one under way ends where it is."""
    if not email:
        return
    for import_id, state, body in lead_imports.bodies(conn, clinic_id):
        if email.casefold() in body.decode(errors="replace").casefold():
            gone = {"state": ImportState.GONE} if state in (*OPEN, ImportState.RUNNING) else {}
            lead_imports.change(conn, import_id, {"body": b"", **gone})
