"""Tags and fields that somebody at the desk gives a lead, or takes away."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from service.content.condition_table import LONGEST_TAG
from service.content.span_table import is_field
from service.domain.acts import AddTag, Effect, RemoveTag, SetField
from service.domain.conditions import BUILT_IN
from service.storage import audits, leads, mark_names, marks
from service.storage.marks import LONGEST_VALUE
from service.storage.users import UserRow
from service.usecases.kit import Kit
from service.usecases.mark_leads import Mark, mark_leads


@dataclass(frozen=True, slots=True)
class Marked:
    """`faults` by what was typed (tag, name, value): nothing was done then. `name`: the tag or field as it is kept."""

    name: str = ""
    faults: dict[str, str] = field(default_factory=dict)
    changed: bool = False


def add_tag(kit: Kit, user: UserRow, lead_id: int, text: str) -> Marked:
    """As the clinic spells it already, where capitals alone differ. It may enter the lead into a series."""
    tag = text.strip()
    if not tag or len(tag) > LONGEST_TAG or not tag.isprintable():
        return Marked(faults={"tag": f"Write the tag in one line of at most {LONGEST_TAG} characters."})
    with kit.db.write() as conn:
        leads.lock(conn, lead_id)
        tag = _spelt(tag, mark_names.tags(conn, user.clinic_id))
        if tag in marks.tags_of(conn, [lead_id]).get(lead_id, frozenset()):
            return Marked(tag)
        _mark(conn, kit, user, lead_id, AddTag(tag), "lead tagged", {"tag": tag})
    return Marked(tag, changed=True)


def remove_tag(kit: Kit, user: UserRow, lead_id: int, tag: str) -> Marked:
    with kit.db.write() as conn:
        leads.lock(conn, lead_id)
        if tag not in marks.tags_of(conn, [lead_id]).get(lead_id, frozenset()):
            return Marked(tag)
        _mark(conn, kit, user, lead_id, RemoveTag(tag), "lead untagged", {"tag": tag})
    return Marked(tag, changed=True)


def set_field(kit: Kit, user: UserRow, lead_id: int, name: str, value: str) -> Marked:
    """An empty value forgets the field. It may enter the lead into a series."""
    name, value = name.strip(), value.strip()
    faults = _faults(name, value)
    if faults:
        return Marked(faults=faults)
    with kit.db.write() as conn:
        leads.lock(conn, lead_id)
        name = _spelt(name, mark_names.fields(conn, user.clinic_id))
        if marks.fields_of(conn, [lead_id]).get(lead_id, {}).get(name, "") == value:
            return Marked(name)
        action = "field set" if value else "field forgotten"
        _mark(conn, kit, user, lead_id, SetField(name, value), action, {"field": name})
    return Marked(name, changed=True)


def _faults(name: str, value: str) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not is_field(name):
        faults["name"] = "Begin with a letter, then letters, digits, _ and -, at most 60."
    elif name.casefold() in BUILT_IN:
        faults["name"] = f"“{name}” is what the sign-up itself says; choose another name."
    if len(value) > LONGEST_VALUE or not (value.isprintable() or not value):
        faults["value"] = f"Write the value in one line of at most {LONGEST_VALUE} characters."
    return faults


def _spelt(name: str, known: list[str]) -> str:
    """As the clinic spells it, unless both spellings are in use."""
    if name in known:
        return name
    return next((each for each in known if each.casefold() == name.casefold()), name)


def _mark(
    conn: Connection, kit: Kit, user: UserRow, lead_id: int, effect: Effect, action: str, data: dict[str, str]
) -> None:
    now = kit.clock()
    mark_leads(conn, kit, [Mark(user.clinic_id, lead_id, effect)], now)
    audits.record(conn, user.clinic_id, user.id, now, action, str(lead_id), data)
