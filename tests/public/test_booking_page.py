"""The booking page and the visit's: opening books nothing, one button books one slot, and kindness when it is gone."""

import re

import sqlalchemy as sa
from icalendar import Calendar

from service.domain.base36 import base36
from service.domain.timing import DAY, HOUR, parse_iso
from service.storage import practitioners
from service.storage.tables import appointment, visit_quarter
from service.usecases.book_visit import Booked, book_visit
from tests.public.conftest import Visitor
from tests.support.clock import Clock

CHICAGO = "America/Chicago"
MONDAY_NINE = parse_iso("2026-11-30T09:00", CHICAGO)


def _visits(visitor: Visitor) -> list[tuple[int, str]]:
    with visitor.house.kit.db.read() as conn:
        rows = conn.execute(sa.select(appointment.c.starts_at, appointment.c.state).order_by(appointment.c.id))
        return [(row[0], row[1]) for row in rows]


def _key(start: int, who: str = "hannah-lindqvist") -> str:
    return f"{base36(start)}-{who}"


def _book(visitor: Visitor, start: int = MONDAY_NINE) -> str:
    """The path of the visit's page."""
    answered = visitor.press(f"/b/{visitor.token}", book=_key(start))
    assert answered.status_code == 303
    return answered.headers["Location"]


def test_the_page_shows_days_and_each_times_own_button(alice: Visitor) -> None:
    shown = alice.get(f"/b/{alice.token}").get_data(as_text=True)
    assert "When would you like to come, Alice?" in shown
    assert "Times are Minnetonka (Central) time." in shown
    assert "Book Thu, Nov 26, 9:00 am" in shown
    assert shown.count("<h3") >= 2
    assert "With Hannah, until 10:00 am" in shown


def test_a_reader_in_another_zone_sees_both_times(alice: Visitor) -> None:
    lead = alice.house.lead("Erin", zone="America/New_York")
    shown = alice.get(f"/b/{alice.house.kit.links.mint('lead', lead)}").get_data(as_text=True)
    assert "until 10:00 am. That is 10:00 am in New York" in shown


def test_a_mails_slot_link_preselects_it_and_books_nothing(alice: Visitor) -> None:
    shown = alice.get(f"/b/{alice.token}/{base36(MONDAY_NINE)}").get_data(as_text=True)
    assert re.search(rf'value="{_key(MONDAY_NINE)}" checked', shown)
    assert re.search(r'value="2026-11-30" checked', shown)
    assert _visits(alice) == []


def test_the_forms_first_submit_is_harmless(alice: Visitor) -> None:
    shown = alice.get(f"/b/{alice.token}").get_data(as_text=True)
    first = re.search(r"<button[^>]*>", shown[shown.index("<form") :])
    assert first is not None
    assert 'name="show"' in first[0]
    answered = alice.press(f"/b/{alice.token}", show="day", day="2026-11-30", slot=_key(MONDAY_NINE))
    assert answered.status_code == 303
    assert answered.headers["Location"] == f"/b/{alice.token}?day=2026-11-30"
    assert _visits(alice) == []


def test_a_slots_button_books_it_and_shows_the_visit(alice: Visitor) -> None:
    where = _book(alice)
    assert _visits(alice) == [(MONDAY_NINE, "booked")]
    shown = alice.get(where).get_data(as_text=True)
    assert "You are booked, Alice." in shown
    assert "Monday, November 30<br>9:00 to 10:00 am" in shown
    assert "until Sunday, November 29, at 9:00 am" in shown


def test_pressing_twice_books_once(alice: Visitor) -> None:
    shown = alice.get(f"/b/{alice.token}").get_data(as_text=True)
    csrf = shown.split('name="csrf_token" value="')[1].split('"')[0]
    answers = [
        alice.client.post(f"/b/{alice.token}", data={"csrf_token": csrf, "book": _key(MONDAY_NINE)}) for _ in range(2)
    ]
    assert {answer.headers["Location"] for answer in answers} == {answers[0].headers["Location"]}
    assert len(_visits(alice)) == 1


def test_a_slot_of_another_day_than_the_chosen_one_is_asked_about_once_more(alice: Visitor) -> None:
    answered = alice.press(f"/b/{alice.token}", day="2026-12-01", book=_key(MONDAY_NINE))
    assert answered.status_code == 409
    assert "Please look once more" in answered.get_data(as_text=True)
    assert re.search(rf'value="{_key(MONDAY_NINE)}" checked', answered.get_data(as_text=True))
    assert _visits(alice) == []


def test_a_slot_that_has_gone_brings_the_nearest_others(alice: Visitor) -> None:
    charlie = alice.house.lead("Charlie")
    book_visit(alice.house.kit, charlie, MONDAY_NINE, practitioner_id=alice.house.staff["Hannah"])
    answered = alice.press(f"/b/{alice.token}", book=_key(MONDAY_NINE))
    shown = answered.get_data(as_text=True)
    assert answered.status_code == 409
    assert "This time has just gone" in shown
    assert f'href="/b/{alice.token}/{_key(MONDAY_NINE, "lena-moser")}">Mon, Nov 30, 9:00 am' in shown
    assert len(_visits(alice)) == 1


def test_an_old_slot_link_says_so_and_offers_others(alice: Visitor, clock: Clock) -> None:
    old = clock() - 3 * DAY
    shown = alice.get(f"/b/{alice.token}/{base36(old)}").get_data(as_text=True)
    assert "This time has just gone" in shown
    assert "These come nearest" in shown


def test_nonsense_behind_the_link_shows_the_calendar(alice: Visitor) -> None:
    for rubbish in ("-", "zzzzzzzzzzzzzzzzzz", "1-", "%F0%9F%92%A9", base36(2**62)):
        assert alice.get(f"/b/{alice.token}/{rubbish}").status_code == 200
    for query in ("day=never", "from=0000-00-00", "day=2026-13-40", "from=9999-12-31"):
        assert alice.get(f"/b/{alice.token}?{query}").status_code == 200


def test_a_closed_day_says_why(alice: Visitor) -> None:
    with alice.house.kit.db.write() as conn:
        practitioners.add_absence(
            conn,
            alice.house.clinic,
            None,
            starts_at=parse_iso("2026-11-26", CHICAGO),
            ends_at=parse_iso("2026-11-27", CHICAGO),
            words="Thanksgiving",
        )
    shown = alice.get(f"/b/{alice.token}").get_data(as_text=True)
    assert 'closed<span class="sr">, Thanksgiving</span>' in shown
    assert 'value="2026-11-26"' not in shown


def test_who_has_a_visit_is_shown_it_and_offered_to_move_or_cancel(alice: Visitor) -> None:
    _book(alice)
    shown = alice.get(f"/b/{alice.token}").get_data(as_text=True)
    assert "You have a visit with us already, Alice" in shown
    assert "Move it" in shown
    assert "Cancel it" in shown


def test_a_visit_moves_by_link(alice: Visitor, clock: Clock) -> None:
    where = _book(alice)
    clock.advance(hours=1)
    shown = alice.get(f"{where}/move").get_data(as_text=True)
    assert "Your visit stands on Monday, November 30, 9:00 to 10:00 am" in shown
    moved = alice.press(f"{where}/move", book=_key(MONDAY_NINE + DAY), day="2026-12-01")
    assert moved.status_code == 303
    assert "Your visit has moved, Alice." in alice.get(moved.headers["Location"]).get_data(as_text=True)
    assert _visits(alice) == [(MONDAY_NINE + DAY, "booked")]


def test_a_move_to_a_time_that_has_gone_keeps_the_visit_and_offers_others(alice: Visitor) -> None:
    where = _book(alice)
    charlie = alice.house.lead("Charlie")
    hannah = alice.house.staff["Hannah"]
    assert isinstance(book_visit(alice.house.kit, charlie, MONDAY_NINE + DAY, practitioner_id=hannah), Booked)
    answered = alice.press(f"{where}/move", book=_key(MONDAY_NINE + DAY))
    assert answered.status_code == 409
    assert f'href="{where}/move/' in answered.get_data(as_text=True)
    assert _visits(alice)[0] == (MONDAY_NINE, "booked")


def test_cancelling_asks_first_then_frees_the_time(alice: Visitor) -> None:
    where = _book(alice)
    assert "Cancel this visit?" in alice.get(f"{where}/cancel").get_data(as_text=True)
    assert _visits(alice) == [(MONDAY_NINE, "booked")]
    done = alice.press(f"{where}/cancel")
    assert "Your visit is cancelled" in alice.get(done.headers["Location"]).get_data(as_text=True)
    assert _visits(alice) == [(MONDAY_NINE, "cancelled")]
    with alice.house.kit.db.read() as conn:
        assert conn.execute(sa.select(visit_quarter)).all() == []
    assert "There is no visit to cancel" in alice.get(f"{where}/cancel").get_data(as_text=True)


def test_within_a_day_the_pages_ask_for_a_call(alice: Visitor, clock: Clock) -> None:
    where = _book(alice)
    clock.at = MONDAY_NINE - 2 * HOUR
    assert "It is less than a day away" in alice.get(where).get_data(as_text=True)
    assert "Please call us to cancel" in alice.get(f"{where}/cancel").get_data(as_text=True)
    assert alice.get(f"{where}/move").status_code == 303


def test_the_calendar_file_names_the_clinic_and_no_reason(alice: Visitor) -> None:
    where = _book(alice)
    file = alice.get(f"{where}/calendar.ics")
    assert file.headers["Content-Type"].startswith("text/calendar")
    (entry,) = Calendar.from_ical(file.data).walk("VEVENT")
    assert entry["SUMMARY"] == "Appointment at Sun Acupuncture"
    assert int(entry["DTSTART"].dt.timestamp()) == MONDAY_NINE
    assert b"sciatic" not in file.data.lower()


def test_after_the_visit_its_page_thanks(alice: Visitor, clock: Clock) -> None:
    where = _book(alice)
    clock.at = MONDAY_NINE + DAY
    assert "Your visit was on Monday, November 30" in alice.get(where).get_data(as_text=True)


def test_no_way_leads_to_a_day_off_or_beyond_the_horizon(alice: Visitor) -> None:
    for start in (MONDAY_NINE + 100 * DAY, MONDAY_NINE - DAY, MONDAY_NINE + 900):
        assert alice.press(f"/b/{alice.token}", book=_key(start)).status_code == 409
    assert _visits(alice) == []


def test_later_days_are_one_link_away(alice: Visitor) -> None:
    shown = alice.get(f"/b/{alice.token}").get_data(as_text=True)
    later = re.search(r'href="(/b/[^"]+\?from=[^"]+)" rel="next"', shown)
    assert later is not None
    further = alice.get(later[1]).get_data(as_text=True)
    assert 'value="2026-12-07"' in further
    assert 'rel="prev"' in further
