"""Conditions as SQL over `lead`: who `domain.conditions.holds` of, found by the database. A property test holds the two
equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import Select

from service.domain import conditions as asked
from service.domain import scoring
from service.domain.conditions import Condition, bound, comparable
from service.domain.timing import DAY
from service.storage.either_way import among, by_no_index, bytewise, place_in, plain
from service.storage.tables import event, lead, lead_field, lead_tag, message, source

MAILED = "mailed"
SOURCE_KEY = sa.select(source.c.key).where(source.c.id == lead.c.source_id).correlate(lead).scalar_subquery()
OWN: dict[str, ColumnElement[Any]] = {
    "interest": lead.c.interest,
    "locale": lead.c.locale,
    "timezone": lead.c.zone,
    "source": SOURCE_KEY,
    "consent": lead.c.consent,
    "first_name": lead.c.first_name,
    "last_name": lead.c.last_name,
    "phone": lead.c.phone,
    "page": lead.c.page,
    "utm_source": lead.c.utm["utm_source"].as_string(),
    "utm_medium": lead.c.utm["utm_medium"].as_string(),
    "utm_campaign": lead.c.utm["utm_campaign"].as_string(),
}
COUNTS_AT = sa.func.coalesce(event.c.counts_at, event.c.at)


def clause(condition: Condition, clinic_id: int, now: int, half_life_days: int) -> ColumnElement[bool]:
    """The clinic's leads that the condition holds of at `now`. A click or an answer that the condition does not limit
    in time counts whenever it was. True or false, never NULL."""
    house = by_no_index(lead.c.clinic_id) if _starts_from_a_list(condition) else lead.c.clinic_id
    return sa.and_(house == clinic_id, _At(clinic_id, now, half_life_days).tree(condition))


def _starts_from_a_list(condition: Condition) -> bool:
    """Whether one list of leads, made from an index, holds everybody whom the condition can hold of."""
    match condition:
        case asked.Clicked() | asked.Answered() | asked.Tagged() | asked.Did():
            return True
        case asked.Field(name, op):
            return name not in OWN and op not in ("unknown", "is-not")
        case asked.Group("all", parts):
            return not any(isinstance(part, asked.Interested) for part in parts) and any(
                _starts_from_a_list(part) for part in parts
            )
    return False


def _looks_elsewhere(condition: Condition) -> bool:
    """Whether the lead's own row does not answer it. Both databases ask the parts of a group in the order written: what
    the row answers spares a million looks into lists."""
    match condition:
        case asked.Confirmed() | asked.Interested() | asked.Scored():
            return False
        case asked.Field(name):
            return name not in OWN or name == "source"
        case asked.Group(_, parts):
            return any(map(_looks_elsewhere, parts))
        case asked.Not(part):
            return _looks_elsewhere(part)
    return True


@dataclass(frozen=True, slots=True)
class _At:
    clinic_id: int
    now: int
    half_life: int

    def tree(self, condition: Condition) -> ColumnElement[bool]:  # noqa: C901 - one arm a kind
        match condition:
            case asked.Clicked(link):
                return self._did(asked.Did("clicked", link))
            case asked.Answered(answer):
                return self._did(asked.Did("answered", answer))
            case asked.Confirmed(is_so):
                return lead.c.confirmed_at.is_not(None) if is_so else lead.c.confirmed_at.is_(None)
            case asked.Interested(interest):
                return sa.and_(lead.c.interest.is_not(None), lead.c.interest == interest)
            case asked.Field():
                return _own(condition) if condition.name in OWN else self._made(condition)
            case asked.Tagged(tag):
                rows = sa.select(lead_tag).where(lead_tag.c.clinic_id == self.clinic_id, lead_tag.c.tag == tag)
                return among(lead.c.id, rows, lead_tag.c.lead_id)
            case asked.Scored(op, points):
                return self._scored(op, points)
            case asked.Did():
                return self._did(condition)
            case asked.Group("all", parts):
                return sa.and_(sa.true(), *map(self.tree, sorted(parts, key=_looks_elsewhere)))
            case asked.Group("any", parts):
                return sa.or_(sa.false(), *map(self.tree, sorted(parts, key=_looks_elsewhere)))
            case asked.Not(part):
                return sa.not_(self.tree(part))
        raise TypeError(f"not a condition: {condition!r}")

    def _scored(self, op: Literal["at-least", "at-most"], points: float) -> ColumnElement[bool]:
        if op == "at-least":
            least = scoring.at_least(points, self.now, self.half_life)
            return sa.true() if least is None else sa.and_(lead.c.score_rank.is_not(None), lead.c.score_rank >= least)
        most = scoring.at_most(points, self.now, self.half_life)
        return sa.false() if most is None else sa.or_(lead.c.score_rank.is_(None), lead.c.score_rank <= most)

    def _made(self, field: asked.Field) -> ColumnElement[bool]:
        """A field of the clinic's own making: a row where it is known."""
        if field.op == "unknown":
            return sa.not_(self._having(field))
        if field.op == "is-not":
            return sa.not_(self._having(field, lead_field.c.folded == comparable(field.name, field.value)))
        return self._having(field, _made_test(field))

    def _having(self, field: asked.Field, *tests: ColumnElement[bool]) -> ColumnElement[bool]:
        rows = sa.select(lead_field).where(
            lead_field.c.clinic_id == self.clinic_id, lead_field.c.name == field.name, *tests
        )
        return among(lead.c.id, rows, lead_field.c.lead_id)

    def _did(self, did: asked.Did) -> ColumnElement[bool]:
        since = None if did.days is None else self.now - did.days * DAY
        rows, key = self._mailed(did, since) if did.deed == MAILED else self._happened(did, since)
        if did.times <= 1:
            return among(lead.c.id, rows, key)
        often = rows.with_only_columns(key).group_by(key).having(sa.func.count() >= did.times).subquery()
        return among(lead.c.id, sa.select(often), often.c.lead_id)

    def _happened(self, did: asked.Did, since: int | None) -> tuple[Select[Any], ColumnElement[int]]:
        rows = sa.select(event).where(
            event.c.clinic_id == self.clinic_id,
            event.c.kind == did.deed,
            event.c.at <= self.now,
            event.c.flag.is_(None),
            self.now >= COUNTS_AT,
        )
        if since is not None:
            rows = rows.where(event.c.at > since)
        if did.link is not None:
            rows = rows.where(event.c.link == did.link)
        return rows, event.c.lead_id

    def _mailed(self, did: asked.Did, since: int | None) -> tuple[Select[Any], ColumnElement[int]]:
        rows = sa.select(message).where(message.c.clinic_id == self.clinic_id, message.c.accepted_at <= self.now)
        if since is not None:
            rows = rows.where(message.c.accepted_at > since)
        if did.link is not None:
            rows = rows.where(sa.false())
        return rows, message.c.lead_id


def _own(field: asked.Field) -> ColumnElement[bool]:
    """A field that is a column of the lead's row; blank is unknown."""
    has = sa.func.coalesce(plain(OWN[field.name]), "")
    value = comparable(field.name, field.value)
    match field.op:
        case "known":
            return has != ""
        case "unknown":
            return has == ""
        case "is":
            return sa.and_(has != "", has == value)
        case "is-not":
            return sa.or_(has == "", has != value)
        case "one-of":
            return sa.and_(has != "", has.in_(sorted({comparable(field.name, each) for each in field.values})))
        case "contains":
            return sa.and_(has != "", place_in(has, value) > 0)
        case "at-least":
            return sa.and_(has != "", bytewise(has) >= value)
    return sa.and_(has != "", bytewise(has) <= value)


def _made_test(field: asked.Field) -> ColumnElement[bool]:
    number, value = bound(field.name, field.value), comparable(field.name, field.value)
    match field.op:
        case "known":
            return sa.true()
        case "is":
            return lead_field.c.folded == value
        case "one-of":
            return lead_field.c.folded.in_(sorted({comparable(field.name, each) for each in field.values}))
        case "contains":
            return place_in(lead_field.c.folded, value) > 0
        case "at-least":
            return lead_field.c.number >= number if number is not None else bytewise(lead_field.c.folded) >= value
    return lead_field.c.number <= number if number is not None else bytewise(lead_field.c.folded) <= value
