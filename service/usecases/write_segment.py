"""A segment as it is written at the desk: by rows of a form, or as its file; looked at, counted, then kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.content.faults import Fault, Faults
from service.content.segment_file import parse_segment
from service.content.segment_text import key_for, segment_text
from service.domain.condition_groups import Form, condition_of_form, form_of
from service.domain.condition_rows import How, Row
from service.domain.conditions import Condition
from service.storage import segments
from service.storage.segments import SegmentRow
from service.storage.users import UserRow
from service.usecases.count_segment import count_who
from service.usecases.kit import Kit
from service.usecases.save_segment import save_segment

LONGEST_NAME = 80
FILE = "segment"


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form. `joins`: how each group of rows joins its own."""

    name: str = ""
    how: How = "all"
    rows: tuple[Row, ...] = ()
    joins: tuple[How, ...] = ()


class Bad(ValueError):
    """`fields`: faults of the form's fields; `rows`: by place; `lines`: those of the file. Nothing was kept."""

    def __init__(
        self, fields: dict[str, str] | None = None, rows: dict[int, str] | None = None, lines: tuple[Fault, ...] = ()
    ) -> None:
        super().__init__()
        self.fields, self.rows, self.lines = fields or {}, rows or {}, lines


def text_of_rows(kit: Kit, clinic_id: int, before: SegmentRow | None, typed: Typed) -> str:
    """The file that the form's rows stand for. Raises Bad."""
    name, fields = " ".join(typed.name.split()), {}
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        fields["name"] = f"Give it a name that people understand, of at most {LONGEST_NAME} characters."
    who, rows = condition_of_form(Form(typed.how, typed.rows, typed.joins))
    if fields or rows:
        raise Bad(fields, rows)
    key = before.key if before else key_for(name, _keys(kit, clinic_id))
    return segment_text(key, name, who)


def count_text(kit: Kit, clinic_id: int, before: SegmentRow | None, text: str) -> int:
    """How many people the file holds of now; keeps nothing. Raises Bad."""
    _check(kit, clinic_id, before, text)
    return count_who(kit, clinic_id, parse_segment(text, FILE).who)


def keep_text(kit: Kit, user: UserRow, before: SegmentRow | None, text: str) -> int:
    """Adds the segment, or changes `before`; gives its id. Raises Bad."""
    _check(kit, user.clinic_id, before, text)
    return save_segment(kit, user.clinic_id, user.id, text, FILE)


def _check(kit: Kit, clinic_id: int, before: SegmentRow | None, text: str) -> None:
    try:
        read = parse_segment(text, FILE)
    except Faults as wrong:
        raise Bad(lines=wrong.faults) from None
    line = next((number for number, each in enumerate(text.splitlines(), 1) if each.startswith("key")), 1)
    if before is not None and read.key != before.key:
        raise Bad(lines=(Fault(FILE, line, f"'key' is {read.key!r}", f"a key never changes: write {before.key!r}"),))
    if before is None and read.key in _keys(kit, clinic_id):
        raise Bad(lines=(Fault(FILE, line, f"there is a segment {read.key!r} already", "choose another key"),))


def _keys(kit: Kit, clinic_id: int) -> set[str]:
    with kit.db.read() as conn:
        return {row.key for row in segments.of_clinic(conn, clinic_id)}


def read_back(name: str, who: Condition | None, text: str | None = None) -> Typed | None:
    """The form that stands for a segment (or for its file); None where rows cannot ask the same."""
    if text is not None:
        try:
            read = parse_segment(text, FILE)
        except Faults:
            return None
        name, who = read.name, read.who
    found = form_of(who) if who is not None else None
    return Typed(name, found.how, found.rows, found.joins) if found else None


def with_room(rows: Sequence[Row], groups: int, spare: int) -> tuple[Row, ...]:
    """Group by group the rows that say something, and empty ones to fill in."""
    told = [row for row in rows if not row.blank]
    return tuple(
        row
        for part in range(groups + 1)
        for row in (*(row for row in told if row.part == part), *(Row(part=part) for _ in range(spare)))
    )
