"""What a list's batch writes of people: leads, their consent and a line in each one's story, by a handful of
statements for any number of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from service.domain.import_fate import Decided
from service.domain.import_row import Plan
from service.storage import consents, events, ids, leads
from service.storage.clinics import ClinicRow
from service.storage.leads import LeadRow
from service.usecases.imports.read_rows import Read

_BY_WORD = "list: the clinic answers for everybody in it"
_BY_COLUMN = "list: its own column says so"
_MAY_CHANGE = ("first_name", "last_name", "phone", "zone", "zone_from", "consent", "consent_at")


@dataclass(frozen=True, slots=True)
class Taken:
    """The list as its people remember it."""

    clinic: ClinicRow
    source_id: int
    name: str
    plan: Plan
    now: int


def add_people(conn: Connection, taken: Taken, people: Sequence[Read]) -> dict[str, int]:
    """By address, the lead of each who had none; whoever got one meanwhile is left out."""
    made = leads.add_many(
        conn, [_fresh(taken, row_id, each) for row_id, each in zip(ids.take(len(people)), people, strict=True)]
    )
    found = [(made[each.key], each) for each in people if each.key in made]
    _agree(conn, taken, found)
    _note(conn, taken, ((lead_id, each, True) for lead_id, each in found))
    return made


def fill_gaps(
    conn: Connection, taken: Taken, known: Mapping[str, LeadRow], filled: Sequence[tuple[Read, Decided]]
) -> None:
    rows: list[tuple[Any, ...]] = []
    for each, said in filled:
        lead, changes = known[each.key], dict(said.changes or {})
        if said.agrees:
            changes |= {"consent": "given", "consent_at": each.person.agreed_at}
        rows.append((*(changes.get(name, getattr(lead, name)) for name in _MAY_CHANGE), lead.id))
    leads.change_many(conn, _MAY_CHANGE, rows, taken.now)
    _agree(conn, taken, [(known[each.key].id, each) for each, said in filled if said.agrees])
    _note(conn, taken, ((known[each.key].id, each, said.agrees) for each, said in filled))


def _fresh(taken: Taken, row_id: int, each: Read) -> dict[str, Any]:
    person = each.person
    return {
        "id": row_id,
        "clinic_id": taken.clinic.id,
        "source_id": taken.source_id,
        "email": person.address.email if person.address else None,
        "email_key": each.key,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "phone": each.phone,
        "zone": each.zone.name,
        "zone_from": each.zone.known_from.value,
        "locale": person.language or "en",
        "consent": "given",
        "consent_at": person.agreed_at,
        "created_at": taken.now,
        "changed_at": taken.now,
    }


def _agree(conn: Connection, taken: Taken, found: Sequence[tuple[int, Read]]) -> None:
    said = _BY_WORD if taken.plan.for_all else _BY_COLUMN
    consents.add_given(
        conn,
        taken.clinic.id,
        taken.source_id,
        (taken.plan.wording, f"list of {taken.name}", said),
        [(lead_id, each.person.agreed_at or taken.now) for lead_id, each in found],
    )


def _note(conn: Connection, taken: Taken, found: Iterable[tuple[int, Read, bool]]) -> None:
    events.add_many(
        conn,
        (
            {
                "clinic_id": taken.clinic.id,
                "lead_id": lead_id,
                "at": taken.now,
                "kind": "imported",
                "data": {"list": taken.name, "agreed": each.person.agreed_at if agrees else None},
            }
            for lead_id, each, agrees in found
        ),
    )
