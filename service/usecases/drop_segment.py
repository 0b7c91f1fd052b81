"""Deleting a segment, once nothing uses it."""

from __future__ import annotations

from service.storage import audits, segment_rows
from service.storage.users import UserRow
from service.usecases.kit import Kit
from service.usecases.show_segments import uses_of


class InUse(Exception):
    """Something names it: nothing was done."""


def drop_segment(kit: Kit, user: UserRow, segment_id: int) -> bool:
    """False when it is no more. Raises InUse."""
    with kit.db.write() as conn:
        row = segment_rows.find(conn, user.clinic_id, segment_id, lock=True)
        if row is None:
            return False
        if uses_of(conn, kit, row):
            raise InUse
        segment_rows.remove(conn, segment_id)
        audits.record(conn, user.clinic_id, user.id, kit.clock(), "segment deleted", "segment", {"key": row.key})
    return True
