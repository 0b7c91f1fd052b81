"""Settings: a kind of visit is renamed, made longer or given time behind it; what is booked stays."""

from __future__ import annotations

import sqlalchemy as sa

from service.storage import practitioners
from service.storage.practitioners import VisitTypeRow
from service.storage.tables import appointment, audit
from tests.support.desk_data import Desk, another_clinic

GIVEN = {"name": "First consultation", "minutes": "75", "buffer_minutes": "15"}


def first(desk: Desk, clinic_id: int | None = None) -> VisitTypeRow:
    with desk.house.kit.db.read() as conn:
        found = practitioners.first_visit(conn, clinic_id or desk.clinic)
    assert found is not None
    return found


def booked(desk: Desk) -> list[tuple[int, int]]:
    with desk.house.kit.db.read() as conn:
        rows = conn.execute(sa.select(appointment.c.starts_at, appointment.c.ends_at).order_by(appointment.c.id))
        return [(row.starts_at, row.ends_at) for row in rows]


def test_a_visit_is_made_longer_and_what_is_booked_keeps_its_times(desk: Desk) -> None:
    before = booked(desk)
    assert desk.post_form(f"/desk/settings/practitioners/visits/{first(desk).id}", **GIVEN).status_code == 303
    found = first(desk)
    assert (found.name, found.minutes, found.buffer_minutes) == ("First consultation", 75, 15)
    assert booked(desk) == before
    page = desk.get("/desk/settings/practitioners")
    assert "Saved: the name and how long it takes. Visits that are booked keep their times." in page
    assert "75 minutes, then 15 free" in page
    with desk.house.kit.db.read() as conn:
        kept = conn.execute(sa.select(audit.c.data).where(audit.c.action == "visit type changed")).scalars().all()
    assert kept == [{"fields": ["minutes", "name"]}]
    again = desk.post_form(f"/desk/settings/practitioners/visits/{found.id}", **GIVEN)
    assert again.status_code == 303
    assert "Nothing was different" in desk.get("/desk/settings/practitioners")


def test_a_length_that_cannot_be_is_said_beside_it_and_nothing_changes(desk: Desk) -> None:
    before = first(desk)
    wrong = GIVEN | {"minutes": "9", "buffer_minutes": "much", "name": ""}
    answer = desk.post_form(f"/desk/settings/practitioners/visits/{before.id}", **wrong)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for words in ("from 10 to 240", "from 0 to 120", "name that patients read, at most", 'value="much"'):
        assert words in text
    assert first(desk) == before


def test_another_clinics_visit_is_not_there(desk: Desk) -> None:
    other = another_clinic(desk.house)
    with desk.house.kit.db.write() as conn:
        theirs = practitioners.add_visit_type(conn, other, "first", "First visit", minutes=60, first=True)
    assert desk.post_form(f"/desk/settings/practitioners/visits/{theirs}", **GIVEN).status_code == 404
    assert first(desk, other).minutes == 60
