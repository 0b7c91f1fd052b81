"""Whom a letter is for, now."""

from __future__ import annotations

from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from service.content.letter_who import OfSegment, parse_letter_who
from service.storage import segments
from service.storage.letters import LetterRow
from service.usecases.count_segment import condition_of, who_now


def who_of(conn: Connection, row: LetterRow, now: int) -> ColumnElement[bool]:
    """The letter's people as a clause over `lead`. Raises KeyError for a segment that is no more."""
    who = parse_letter_who(row.source)
    condition = condition_of(conn, row.clinic_id, who.key) if isinstance(who, OfSegment) else who
    return who_now(conn, row.clinic_id, condition, now)


def segment_of(source: str) -> str | None:
    """The key of the segment that the letter names; None for everyone who agreed, or for a condition of its own."""
    who = parse_letter_who(source)
    return who.key if isinstance(who, OfSegment) else None


def segment_name(conn: Connection, clinic_id: int, source: str) -> str | None:
    key = segment_of(source)
    if key is None:
        return None
    row = segments.by_key(conn, clinic_id, key)
    return row.name if row else key
