"""Marking leads with fields, tags and points; a mark may be what a campaign is entered by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.domain.acts import AddTag, Effect, RemoveTag, SetField
from service.storage import clinics, marks, scores
from service.storage.marks import FieldMark, TagMark
from service.usecases.enroll import Occasion, enter_on
from service.usecases.kit import Kit


@dataclass(frozen=True, slots=True)
class Mark:
    """`effect`: SetField, AddTag or RemoveTag."""

    clinic_id: int
    lead_id: int
    effect: Effect


def mark_leads(conn: Connection, kit: Kit, wanted: Sequence[Mark], now: int) -> None:
    """Sets the marks, and enters whoever one leads into a campaign. What was there already enters nobody."""
    for mark in wanted:
        match mark.effect:
            case SetField(name, value):
                if not marks.set_fields(conn, [FieldMark(mark.clinic_id, mark.lead_id, name, value)], now):
                    continue
                if not value:
                    continue  # forgetting a field is no way in
                enter_on(conn, kit, mark.clinic_id, [mark.lead_id], Occasion("field", what=name, value=value), now)
            case AddTag(tag):
                if marks.add_tags(conn, [TagMark(mark.clinic_id, mark.lead_id, tag)], now):
                    enter_on(conn, kit, mark.clinic_id, [mark.lead_id], Occasion("tag", what=tag), now)
            case RemoveTag(tag):
                marks.remove_tags(conn, [mark.lead_id], tag)


def give_points(conn: Connection, clinic_id: int, lead_id: int, points: float, why: str, now: int) -> None:
    """Adds to (or takes from) the lead's score, with its reason on record."""
    half_life = clinics.get(conn, clinic_id).score_half_life
    scores.give(conn, clinic_id=clinic_id, lead_id=lead_id, points=points, why=why, at=now, half_life_days=half_life)
