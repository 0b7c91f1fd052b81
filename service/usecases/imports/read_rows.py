"""The rows of a list as people, and what each would become as things stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.domain.import_fate import Decided, Standing, decide
from service.domain.import_row import Person, Plan, read_person
from service.domain.lead import Zone, zone_for
from service.domain.table_file import TableFile, read_table
from service.sources.phones import read_phone
from service.storage.lead_imports import ImportRow
from service.storage.leads import LeadRow
from service.storage.suppressions import SuppressionRow
from service.usecases.imports.take_list import plan_of


@dataclass(frozen=True, slots=True)
class File:
    """A list ready to be read row by row. `places`: by line, the row's place in the table."""

    table: TableFile
    plan: Plan
    places: Mapping[int, int]

    def people(self, lines: Sequence[int], now: int) -> list[Person]:
        width = len(self.table.heads)
        rows = (self.table.rows[self.places[line]] for line in lines)
        return [read_person(row.number, row.cells, width, self.plan, now) for row in rows]


@dataclass(frozen=True, slots=True)
class Read:
    """`phone` as we write it, or as it stood where it is no number that we know."""

    person: Person
    phone: str | None
    zone: Zone

    @property
    def key(self) -> str:
        return self.person.address.key if self.person.address else ""


def open_file(row: ImportRow) -> File:
    table = read_table(row.body)
    return File(table, plan_of(row), {line.number: place for place, line in enumerate(table.rows)})


def read(person: Person, clinic_zone: str) -> Read:
    phone = read_phone(person.phone)
    return Read(
        person, phone.number if phone else person.phone, zone_for(None, phone.zone if phone else None, clinic_zone)
    )


def fate_of(each: Read, known: Mapping[str, LeadRow], stops: Mapping[str, Sequence[SuppressionRow]]) -> Decided:
    row = known.get(each.key)
    reasons = {stop.reason for stop in stops.get(each.key, ())}
    standing = Standing(None) if row is None else Standing(row, row.consent, row.minor)
    return decide(
        each.person, each.zone, each.phone, Standing(standing.known, standing.consent, standing.minor, reasons)
    )
