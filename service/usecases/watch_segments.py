"""Watching the segments that campaigns are entered by: who came since the last look enters, who left is forgotten, so
that coming again is coming anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from service.content.segment_file import parse_segment
from service.storage import segments
from service.storage.segments import SegmentRow
from service.usecases.count_segment import who_now
from service.usecases.enroll import Occasion, enter_on
from service.usecases.kit import Kit

BATCH = 500
MOST_BATCHES = 40  # of one segment in one go: the rest waits for the next
Entered = Callable[[Connection, SegmentRow, Sequence[int], int], object]


def watch_segments(kit: Kit, entered: Entered | None = None) -> int:
    """Looks at each watched segment once: one query where nobody came or left. `entered` is told the new members in the
    transaction that notes them (connection, segment, lead ids, now), so that each is told once; by default they enter
    the campaigns. Gives how many were told."""
    tell = entered or _enters(kit)
    told = 0
    with kit.db.read() as conn:
        watched = _watched(conn, kit)
    for row in watched:
        for _ in range(MOST_BATCHES):
            seen, fresh = _one_look(kit, row, tell)
            told += fresh
            if seen < BATCH:
                break
    return told


def _watched(conn: Connection, kit: Kit) -> list[SegmentRow]:
    published = segments.entering_versions(conn)
    if not published:
        return []
    versions = kit.library.versions(conn, [version_id for _clinic, version_id in published])
    wanted = {(clinic_id, versions[version_id].definition.entry.what) for clinic_id, version_id in published}
    return segments.by_keys(conn, wanted)


def _one_look(kit: Kit, row: SegmentRow, tell: Entered) -> tuple[int, int]:
    """(how many changes were seen, how many new members were told)."""
    now, condition = kit.clock(), parse_segment(row.source, f"segment {row.key}").who
    with kit.db.read() as conn:
        who = who_now(conn, row.clinic_id, condition, now)
        change = segments.change_of(conn, row.id, who, BATCH)
    if not change.came and not change.left:
        return 0, 0
    with kit.db.write() as conn:
        fresh = _note(conn, row, who, change, now)
        if fresh:
            tell(conn, row, fresh, now)
    return max(len(change.came), len(change.left)), len(fresh)


def _note(conn: Connection, row: SegmentRow, who: ColumnElement[bool], change: segments.Change, now: int) -> list[int]:
    """Asked anew in the transaction: what has changed since the look, or another worker has noted, falls out."""
    if change.left:
        segments.let_go(conn, row.id, who, change.left)
    return segments.take_in(conn, row.id, row.clinic_id, who, change.came, now) if change.came else []


def _enters(kit: Kit) -> Entered:
    def enter(conn: Connection, row: SegmentRow, lead_ids: Sequence[int], now: int) -> None:
        enter_on(conn, kit, row.clinic_id, lead_ids, Occasion("segment", what=row.key), now)

    return enter
