"""Marking leads with fields and tags; a mark may be what a campaign is entered by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.domain.acts import AddTag, Effect, RemoveTag, SetField
from service.domain.conditions import Field, Tagged
from service.domain.entry import Entered
from service.storage import marks
from service.storage.marks import FieldMark, TagMark
from service.usecases.enroll import Occasion, enter_on
from service.usecases.kit import Kit
from service.usecases.leave import wake


@dataclass(frozen=True, slots=True)
class Mark:
    """`effect`: SetField, AddTag or RemoveTag."""

    clinic_id: int
    lead_id: int
    effect: Effect


def mark_leads(conn: Connection, kit: Kit, wanted: Sequence[Mark], now: int, *, led: bool = False) -> None:
    """Sets the marks, wakes who waits for one, and enters whoever one leads into a campaign. What was there already
    enters nobody. `led`: a step of a campaign sets them."""
    fields, tags, gone = _sorted_out(wanted)
    alike: dict[tuple[int, Entered, str, str], list[int]] = {}
    for field in marks.set_fields(conn, fields, now):  # what was forgotten is not among them, and is no way in
        alike.setdefault((field.clinic_id, "field", field.name, field.value), []).append(field.lead_id)
    for tag in marks.add_tags(conn, tags, now):
        alike.setdefault((tag.clinic_id, "tag", tag.tag, ""), []).append(tag.lead_id)
    for name, lead_ids in gone.items():
        marks.remove_tags(conn, lead_ids, name)
    wake(conn, kit, {mark.lead_id for mark in wanted}, now, {Field, Tagged})
    for (clinic_id, on, what, value), lead_ids in alike.items():
        enter_on(conn, kit, clinic_id, lead_ids, Occasion(on, what=what, value=value, led=led), now)


def _sorted_out(wanted: Sequence[Mark]) -> tuple[list[FieldMark], list[TagMark], dict[str, list[int]]]:
    fields: list[FieldMark] = []
    tags: list[TagMark] = []
    gone: dict[str, list[int]] = {}
    for mark in wanted:
        match mark.effect:
            case SetField(name, value):
                fields.append(FieldMark(mark.clinic_id, mark.lead_id, name, value))
            case AddTag(tag):
                tags.append(TagMark(mark.clinic_id, mark.lead_id, tag))
            case RemoveTag(tag):
                gone.setdefault(tag, []).append(mark.lead_id)
    return fields, tags, gone
