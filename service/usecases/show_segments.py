"""The Segments room: each with how many it holds of now, what it asks in plain words, and what uses it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.content.faults import Faults
from service.content.letter_who import OfSegment, parse_letter_who
from service.content.segment_file import parse_segment
from service.domain.condition_words import condition_words
from service.domain.conditions import Condition
from service.storage import campaigns, clinics, condition_sql, letters, segment_rows, segments
from service.storage.segments import SegmentRow
from service.usecases.kit import Kit

MOST_LETTERS = 500
OVER = "done"


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """`who` and `people` None: its file cannot be read. `uses`: what names it, in words."""

    row: SegmentRow
    who: Condition | None
    people: int | None
    uses: tuple[str, ...]

    @property
    def asks(self) -> str:
        return condition_words(self.who) if self.who is not None else ""


def show_segments(kit: Kit, clinic_id: int) -> list[SegmentLine]:
    """By name; all are counted in one statement."""
    with kit.db.read() as conn:
        rows = segments.of_clinic(conn, clinic_id)
        known = {row.id: who for row in rows if (who := who_of(row)) is not None}
        half_life = clinics.get(conn, clinic_id).score_half_life
        clauses = [condition_sql.clause(who, clinic_id, kit.clock(), half_life) for who in known.values()]
        counted = dict(zip(known, segment_rows.counts(conn, clauses), strict=True))
        uses = _uses(conn, kit, clinic_id)
    return [SegmentLine(row, known.get(row.id), counted.get(row.id), tuple(uses.get(row.key, ()))) for row in rows]


def open_segment(kit: Kit, clinic_id: int, segment_id: int) -> SegmentLine | None:
    """None for one that the clinic has not."""
    with kit.db.read() as conn:
        row = segment_rows.find(conn, clinic_id, segment_id)
        if row is None:
            return None
        who = who_of(row)
        people = None
        if who is not None:
            half_life = clinics.get(conn, clinic_id).score_half_life
            people = segments.count(conn, condition_sql.clause(who, clinic_id, kit.clock(), half_life))
        return SegmentLine(row, who, people, tuple(uses_of(conn, kit, row)))


def who_of(row: SegmentRow) -> Condition | None:
    try:
        return parse_segment(row.source, "segment").who
    except Faults:
        return None


def uses_of(conn: Connection, kit: Kit, row: SegmentRow) -> list[str]:
    """What would be at a loss without it: published and drafted series, and letters that have not gone out."""
    named = _uses(conn, kit, row.clinic_id).get(row.key, [])
    drafts = segment_rows.drafts_naming(conn, row.clinic_id, row.key)
    return named + [f"the draft of “{name}”" for name in drafts]


def _uses(conn: Connection, kit: Kit, clinic_id: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    entered = campaigns.entered_by(conn, clinic_id, "segment")
    versions = kit.library.versions(conn, {row.version_id for row in entered})
    for row in entered:
        key = versions[row.version_id].definition.entry.what
        found.setdefault(key, []).append(f"the series “{row.name}”")
    for letter in letters.of_clinic(conn, clinic_id, MOST_LETTERS):
        who = parse_letter_who(letter.source) if letter.state != OVER else None
        if isinstance(who, OfSegment):
            found.setdefault(who.key, []).append(f"the letter “{letter.name}”")
    return found
