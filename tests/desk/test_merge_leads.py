"""Two entries of one person: found, compared, made one."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service.domain.acts import AddTag
from service.domain.double import better, may_be_kept
from service.storage import answers, leads, marks, runs, suppressions
from service.storage.tables import audit, lead
from service.usecases.mark_leads import Mark, mark_leads
from tests.support.desk_data import Desk, a_user, another_clinic, sign_in


@pytest.fixture
def twin(desk: Desk) -> int:
    """Alice signed up again at another address, and told a number and an answer."""
    kit = desk.house.kit
    with kit.db.write() as conn:
        twin = leads.add(
            conn,
            clinic_id=desk.clinic,
            email="al@work.example",
            email_key="al@work.example",
            zone="America/Chicago",
            zone_from="clinic",
            now=kit.clock(),
            first_name="Alice",
            phone="+19525550177",
        )
        assert twin is not None
        answers.add(conn, desk.clinic, twin, [("Anything else?", "mornings only")], kit.clock())
        mark_leads(conn, kit, [Mark(desk.clinic, twin, AddTag("runner"))], kit.clock())
    return twin


def merge(desk: Desk, kept: int, other: int) -> int:
    return desk.post_form(f"/desk/leads/{kept}/merge/{other}").status_code


def test_the_older_that_agreed_is_kept_and_the_preview_says_what_fills_its_gaps(desk: Desk, twin: int) -> None:
    page = desk.get(f"/desk/leads/{twin}/merge/{desk.people['Alice']}")
    assert "is kept" in page
    assert f"/desk/leads/{desk.people['Alice']}/merge/{twin}" in page
    assert "(952) 555-0177" in page
    assert "cannot be undone" in page


def test_all_of_both_stands_at_the_kept_one_and_the_other_is_no_more(desk: Desk, twin: int) -> None:
    alice = desk.people["Alice"]
    before = len(runs_of(desk, alice))
    assert merge(desk, alice, twin) == 303
    with desk.house.kit.db.read() as conn:
        row = leads.get(conn, alice)
        assert (row.email, row.phone, row.consent) == ("alice@example.org", "+19525550177", "given")
        assert leads.find(conn, twin) is None
        assert [each.text for each in answers.of_lead(conn, alice)] == ["mornings only"]
        assert marks.tags_of(conn, [alice])[alice] == {"runner"}
        assert "leads merged" in conn.execute(sa.select(audit.c.action)).scalars().all()
    assert len(runs_of(desk, alice)) == before
    assert "al@work.example" in desk.get(f"/desk/leads/{alice}")
    assert desk.client.get(f"/desk/leads/{twin}").status_code == 404
    assert merge(desk, alice, twin) == 404


def test_who_once_asked_us_to_stop_is_stopped_at_the_kept_address_too(desk: Desk) -> None:
    alice, bob = desk.people["Alice"], desk.people["Bob"]
    assert "One of the two asked us to stop" in desk.get(f"/desk/leads/{alice}/merge/{bob}")
    merge(desk, alice, bob)
    with desk.house.kit.db.read() as conn:
        assert leads.get(conn, alice).consent == "withdrawn"
        assert suppressions.standing(conn, desk.clinic, "alice@example.org")
        assert suppressions.standing(conn, desk.clinic, "bob@example.org")
    assert "at their other address" in desk.get(f"/desk/leads/{alice}")
    assert not runs_of(desk, alice)


def test_a_visit_moves_and_a_series_that_both_are_in_goes_on_once(desk: Desk) -> None:
    alice, maria = desk.people["Alice"], desk.people["Maria"]
    once = {run.campaign_id for run in runs_of(desk, alice)}
    assert once == {run.campaign_id for run in runs_of(desk, maria)}
    merge(desk, alice, maria)
    assert sorted(run.campaign_id for run in runs_of(desk, alice)) == sorted(once)
    merge(desk, alice, desk.people["Erik"])
    assert "1 visit" in desk.get(f"/desk/leads/{alice}")


def test_a_double_is_found_by_its_number_or_by_a_search_that_stands_in_no_address(desk: Desk, twin: int) -> None:
    alice = desk.people["Alice"]
    with desk.house.kit.db.write() as conn:
        conn.execute(sa.update(lead).where(lead.c.id == alice).values(phone="+19525550177"))
    assert "The same phone number; al@work.example" in desk.get(f"/desk/leads/{alice}/merge")
    found = desk.post_form(f"/desk/leads/{alice}/merge", words="mari").get_data(as_text=True)
    assert f"/desk/leads/{alice}/merge/{desk.people['Maria']}" in found


def test_a_lead_without_an_address_is_never_kept_before_one_with(desk: Desk, twin: int) -> None:
    kit = desk.house.kit
    with kit.db.write() as conn:
        conn.execute(sa.update(lead).where(lead.c.id == twin).values(email=None, email_key=None))
        phone_only, alice = leads.get(conn, twin), leads.get(conn, desk.people["Alice"])
    assert better(phone_only, alice) == alice.id
    assert not may_be_kept(phone_only, alice)
    assert merge(desk, twin, alice.id) == 409
    assert merge(desk, alice.id, twin) == 303


def test_what_was_noted_of_the_other_address_goes_when_they_are_erased(desk: Desk, twin: int) -> None:
    alice = desk.people["Alice"]
    merge(desk, alice, twin)
    desk.post_form(f"/desk/leads/{alice}/erase", word="erase")
    assert "al@work.example" not in desk.get(f"/desk/leads/{alice}")


def test_a_front_desk_may_not_and_another_clinics_lead_is_nobody(desk: Desk, twin: int) -> None:
    elsewhere = another_clinic(desk.house)
    with desk.house.kit.db.write() as conn:
        conn.execute(sa.update(lead).where(lead.c.id == twin).values(clinic_id=elsewhere))
    assert merge(desk, desk.people["Alice"], twin) == 404
    a_user(desk.house, "flo@sun.example", "Flo", role="front-desk")
    desk.client.post("/desk/sign-out", data={"csrf_token": desk.token()})
    sign_in(desk.client, "flo@sun.example")
    assert merge(desk, desk.people["Alice"], desk.people["Maria"]) == 403


def runs_of(desk: Desk, lead_id: int) -> list[runs.RunRow]:
    with desk.house.kit.db.read() as conn:
        return runs.running(conn, lead_id=lead_id)
