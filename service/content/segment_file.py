"""Segment files: a key, a name, and the condition that says who is in.

key: warm
name: Warm leads
who: {all: [{interest: sciatica}, {clicked: book, in_the_last: 14d}]}
"""

from __future__ import annotations

from dataclasses import dataclass

from service.content.condition_table import parse_condition
from service.content.faults import Faults
from service.content.yaml_table import Notes, read_table
from service.domain.conditions import Condition

KEYS = ("key", "name", "who")


@dataclass(frozen=True, slots=True)
class Segment:
    key: str
    name: str
    who: Condition


def parse_segment(text: str, filename: str) -> Segment:
    """Raises Faults with the line of each fault and its mend."""
    notes = Notes(filename)
    table = read_table(text, notes, "the segment")
    table.only(KEYS)
    key = table.slug("key", "give the segment a key that never changes")
    name = table.text("name", "give it a name that people understand")
    inside = table.table("who", "who", "say who is in: a condition, or {everyone: true}")
    who = parse_condition(inside) if inside else None
    notes.settle()
    if key is None or name is None or who is None:
        raise Faults(notes.faults)
    return Segment(key, name, who)


def parse_who(text: str, filename: str) -> Condition:
    """A condition alone, as a letter keeps it. Raises Faults."""
    notes = Notes(filename)
    who = parse_condition(read_table(text, notes, "who"))
    notes.settle()
    if who is None:
        raise Faults(notes.faults)
    return who
