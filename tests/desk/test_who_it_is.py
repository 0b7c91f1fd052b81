"""The desk's pages of people who gave a phone only, who share an address, or whose visit nobody marked."""

from service.storage import appointments, leads
from service.usecases.unsubscribe import unsubscribe
from tests.support.desk_data import Desk


def _phone_only(desk: Desk, **named: str) -> int:
    with desk.house.kit.db.write() as conn:
        lead_id = leads.add(
            conn,
            clinic_id=desk.clinic,
            email=None,
            email_key=None,
            phone="+19525550187",
            zone="America/Chicago",
            zone_from="phone",
            now=desk.clock(),
            **named,
        )
    assert lead_id is not None
    return lead_id


def test_somebody_with_a_phone_only_has_a_page_and_a_line(desk: Desk) -> None:
    lead_id = _phone_only(desk)
    assert "+19525550187" in desk.get("/desk/leads")
    page = desk.get(f"/desk/leads/{lead_id}")
    assert "no address" in page
    assert 'href="tel:+19525550187"' in page
    assert "None" not in page
    desk.get("/desk")


def test_a_number_is_found_in_any_spelling(desk: Desk) -> None:
    _phone_only(desk, first_name="Paula")
    for words in ("paula", "952", "(952) 555-0187", "+19525550187", "5550187"):
        found = desk.post_form("/desk/leads/find", words=words)
        page = desk.get("/desk/leads?find=yes") if found.status_code in (302, 303) else found.get_data(as_text=True)
        assert "Paula" in page, words
        assert "Erik" not in page, words


def test_both_names_at_an_address_are_shown_and_found(desk: Desk) -> None:
    alice = desk.people["Alice"]
    with desk.house.kit.db.write() as conn:
        leads.change(conn, alice, {"also_named": "Rolf Ames\nZoe"}, desk.clock())
    assert "Alice, also Rolf Ames, also Zoe" in desk.get(f"/desk/leads/{alice}")
    for words in ("rolf", "ames", "zoe"):
        found = desk.post_form("/desk/leads/find", words=words)
        page = desk.get("/desk/leads?find=yes") if found.status_code in (302, 303) else found.get_data(as_text=True)
        assert "Alice, also Rolf Ames" in page, words


def test_home_asks_who_came_and_leads_to_the_week(desk: Desk) -> None:
    assert "Who came?" not in desk.get("/desk")
    with desk.house.kit.db.read() as conn:
        visit = appointments.get(conn, desk.visit)
    desk.clock.at = visit.ends_at + 60
    page = desk.get("/desk")
    assert "visit is not marked" in page
    assert 'href="/desk/appointments?day=' in page
    desk.post_form(f"/desk/appointments/{desk.visit}/came", came="yes")
    assert "Who came?" not in desk.get("/desk")


def test_a_pause_for_somebody_who_stopped_says_that_there_is_nothing_to_pause(desk: Desk) -> None:
    alice = desk.people["Alice"]
    unsubscribe(desk.house.kit, alice)
    desk.post_form(f"/desk/leads/{alice}/pause")
    page = desk.get(f"/desk/leads/{alice}")
    assert "Nothing to pause" in page
    assert "Paused until" not in page


def test_somebody_under_18_is_marked_so_on_their_page(desk: Desk) -> None:
    alice = desk.people["Alice"]
    assert "under 18" not in desk.get(f"/desk/leads/{alice}")
    with desk.house.kit.db.write() as conn:
        leads.change(conn, alice, {"minor": True}, desk.clock())
    assert "under 18: no series" in desk.get(f"/desk/leads/{alice}")
