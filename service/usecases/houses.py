"""What the mails of a clinic say of the house itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.engine import Connection

from service.storage import practitioners
from service.storage.practitioners import PractitionerRow, VisitTypeRow


class House(NamedTuple):
    """In whose name the mails go out, and what a new patient books."""

    signs: PractitionerRow | None
    first: VisitTypeRow | None


def house(conn: Connection, clinic_id: int) -> House:
    return House(practitioners.signing(conn, clinic_id), practitioners.first_visit(conn, clinic_id))


def houses(
    people: Iterable[PractitionerRow], kinds: Mapping[int, Sequence[VisitTypeRow]], clinic_ids: Iterable[int]
) -> dict[int, House]:
    """Of several clinics. `people`: of all of them, who signs first; `kinds`: of visit, the first visit first."""
    signs: dict[int, PractitionerRow] = {}
    for person in people:
        signs.setdefault(person.clinic_id, person)
    return {key: House(signs.get(key), next(iter(kinds.get(key, ())), None)) for key in clinic_ids}
