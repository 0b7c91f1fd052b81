"""Keeping a segment: its file is read strictly, and stands from then on."""

from __future__ import annotations

from service.content.segment_file import Segment, parse_segment
from service.storage import audits, segments
from service.usecases.kit import Kit


def save_segment(kit: Kit, clinic_id: int, user_id: int | None, text: str, filename: str = "segment") -> int:
    """Adds the segment or changes the one with its key; gives its id. Raises Faults for what is wrong with the text."""
    read: Segment = parse_segment(text, filename)
    now = kit.clock()
    with kit.db.write() as conn:
        segment_id = segments.put(conn, clinic_id, read.key, read.name, text, now)
        audits.record(conn, clinic_id, user_id, now, "segment saved", "segment", {"key": read.key})
    return segment_id
