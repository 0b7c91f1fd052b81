"""The list of leads as a file."""

from __future__ import annotations

import csv
import io

import sqlalchemy as sa

from service.storage import clinics
from service.storage.lead_list import Wanted
from service.storage.tables import audit, lead
from service.usecases.export_leads import export_leads
from tests.support.desk_data import PASSWORD, Desk, a_user, another_clinic, sign_in

FILE = "/desk/leads.csv"


def taken(desk: Desk, query: str = "") -> list[dict[str, str]]:
    desk.client.post("/desk/prove", data={"csrf_token": desk.token(), "proof": PASSWORD, "then": FILE})
    text = desk.get(f"{FILE}{query}")
    assert text.startswith("\ufeffFirst name,")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_file_holds_whom_the_list_holds(desk: Desk) -> None:
    rows = taken(desk)
    with desk.house.kit.db.read() as conn:
        emails = {email or "" for email in conn.execute(sa.select(lead.c.email)).scalars()}
    assert {row["Email"] for row in rows} == emails
    bob = next(row for row in rows if row["First name"] == "Bob")
    assert (bob["Stage"], bob["Consent to mails"]) == ("Stopped", "withdrawn")
    alice = taken(desk, "?stage=reading")
    assert [row["First name"] for row in alice] == ["Alice"]
    assert alice[0]["Asked for"] == "Sciatica"


def test_it_is_the_same_file_however_it_is_cut(desk: Desk) -> None:
    kit = desk.house.kit
    with kit.db.read() as conn:
        clinic = clinics.get(conn, desk.clinic)
    whole, cut = (
        "".join(export_leads(kit, clinic, desk.owner, Wanted(), answers=False, at_once=n)) for n in (1_000, 2)
    )
    assert whole == cut
    assert "Asked for" not in whole


def test_no_name_is_a_formula(desk: Desk) -> None:
    with desk.house.kit.db.write() as conn:
        conn.execute(sa.update(lead).where(lead.c.id == desk.people["Alice"]).values(first_name="=HYPERLINK(1)"))
    assert "'=HYPERLINK(1)" in [row["First name"] for row in taken(desk)]


def test_who_took_it_is_on_record_and_no_stranger_stands_in_it(desk: Desk) -> None:
    other = another_clinic(desk.house)
    with desk.house.kit.db.write() as conn:
        conn.execute(sa.update(lead).where(lead.c.id == desk.people["Maria"]).values(clinic_id=other))
    assert "Maria" not in [row["First name"] for row in taken(desk)]
    with desk.house.kit.db.read() as conn:
        acts = list(conn.execute(sa.select(audit.c.action)).scalars())
    assert "leads exported" in acts


def test_the_front_desk_is_offered_no_file_and_gets_none(desk: Desk) -> None:
    a_user(desk.house, "frida@sun.example", "Frida", role="front-desk")
    client = desk.app.test_client()
    sign_in(client, "frida@sun.example")
    assert "leads.csv" not in client.get("/desk/leads").get_data(as_text=True)
    assert client.get(FILE).status_code == 403
    assert "leads.csv" in desk.get("/desk/leads")
