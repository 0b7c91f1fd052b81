"""Who a letter is for, as it keeps it: {segment: KEY}, {agreed: true}, or a condition."""

from __future__ import annotations

from dataclasses import dataclass

from service.content.faults import Faults
from service.content.segment_file import parse_who
from service.content.yaml_scalar import is_slug
from service.content.yaml_table import Notes, read_table
from service.domain.conditions import Condition, Field

AGREED = "{agreed: true}"


@dataclass(frozen=True, slots=True)
class OfSegment:
    key: str


def segment_source(key: str) -> str:
    """Raises ValueError for what is no segment's key."""
    if not is_slug(key):
        raise ValueError(f"'{key}' is no segment's key")
    return f"{{segment: {key}}}"


def parse_letter_who(text: str) -> OfSegment | Condition:
    """Raises Faults."""
    notes = Notes("who")
    table = read_table(text, notes, "who")
    if table.has("segment"):
        table.only(("segment",))
        key = table.slug("segment", "name a segment by its key")
        notes.settle()
        if key is None:
            raise Faults(notes.faults)
        return OfSegment(key)
    if table.has("agreed"):
        table.only(("agreed",))
        table.flag("agreed")
        notes.settle()
        return Field("consent", "is", "given")
    return parse_who(text, "who")
