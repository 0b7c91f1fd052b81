"""Home says when a kind of visit can hardly be booked in the week ahead."""

from __future__ import annotations

import sqlalchemy as sa

from service.domain.timing import DAY
from service.storage.practitioners import visit_types
from service.storage.tables import absence, practitioner
from tests.support.desk_data import Desk


def test_home_names_the_kind_of_visit_that_has_too_few_open_times_and_leads_to_the_hours(desk: Desk) -> None:
    assert "in the next 7 days" not in desk.get("/desk/").split("Needs you")[1].split("open slot")[0]
    with desk.house.kit.db.write() as conn:
        kinds = [kind.name for kind in visit_types(conn, [desk.clinic])[desk.clinic]]
        for number, (who,) in enumerate(conn.execute(sa.select(practitioner.c.id)).all()):
            away = {"starts_at": desk.clock.at - DAY, "ends_at": desk.clock.at + 9 * DAY, "words": "away"}
            own = {"id": number + 1, "clinic_id": desk.clinic, "practitioner_id": who}
            conn.execute(sa.insert(absence).values(**own, **away))
    home = desk.get("/desk/")
    for name in kinds:
        assert f"No open time for “{name}” in the next 7 days" in home
    assert 'href="/desk/settings/practitioners">Hours…' in home
