"""Search as somebody types: names, addresses and numbers by their beginnings, on both databases, by an index."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service.storage import leads
from service.storage.database import Database
from service.storage.find_people import find_people
from tests.desk.test_rooms import counted
from tests.support.desk_data import Desk, a_user, another_clinic, app_of, sign_in


def _found(desk: Desk, *words: str) -> list[str]:
    with desk.house.kit.db.read() as conn:
        return [each.name for each in find_people(conn, desk.clinic, words)]


def test_a_person_is_found_by_the_beginning_of_any_name_the_address_or_the_number(desk: Desk) -> None:
    with desk.house.kit.db.write() as conn:
        told = {"first_name": "Åsa", "last_name": "O'Neil_50%", "phone": "+16125550119"}
        zone = {"zone": "America/Chicago", "zone_from": "clinic"}
        leads.add(
            conn, clinic_id=desk.clinic, email="zed@example.org", email_key="zed@example.org", now=1, **told, **zone
        )
    name = "Åsa O'Neil_50%"
    for words in (("O'N",), ("o'neil_5",), ("ZED@",), ("zed@example.org",), ("(612) 555-0119",), ("o'n", "zed")):
        assert _found(desk, *words) == [name], words
    for words in ((), ("neil",), ("o'n", "maria"), ("555-0119",), ("%",), ("\U0010ffff",)):
        assert name not in _found(desk, *words), words


def test_what_is_found_comes_as_a_piece_of_a_page_and_only_the_clinics_own(desk: Desk) -> None:
    token = desk.token()
    with counted(desk.house.kit.db) as statements:
        told = desk.client.post("/desk/leads/look", data={"words": "ali", "csrf_token": token}).get_data(as_text=True)
    assert f'href="/desk/leads/{desk.people["Alice"]}"' in told
    assert "<html" not in told
    assert len(statements) <= 8
    a_user(desk.house, "eve@other.example", "Eve", another_clinic(desk.house))
    other = app_of(desk.house).test_client()
    sign_in(other, "eve@other.example")
    page = other.get("/desk/leads").get_data(as_text=True)
    stolen = page.split('name="csrf_token" value="')[1].split('"')[0]
    assert "Alice" not in other.post("/desk/leads/look", data={"words": "ali", "csrf_token": stolen}).get_data(
        as_text=True
    )


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_each_column_is_looked_up_by_its_index(desk: Desk) -> None:
    seen = plans(desk.house.kit.db, desk.clinic)
    assert "SCAN lead" not in seen
    for index in ("ix_lead_first_name", "ix_lead_last_name"):
        assert index in seen


def plans(db: Database, clinic_id: int) -> str:
    told: list[str] = []
    with db.read() as conn:

        def explain(_conn: object, cursor: object, statement: str, parameters: object, *_: object) -> None:
            rows = conn.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            told.extend(str(row[-1]) for row in rows)

        sa.event.listen(conn, "before_cursor_execute", explain)
        find_people(conn, clinic_id, ["ali"])
    return "\n".join(told)
