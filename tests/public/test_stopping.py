"""Stopping, pausing and choosing: by link, at once, and only by a press."""

import sqlalchemy as sa

from service.domain.timing import DAY, HOUR
from service.storage import consents, leads, suppressions
from service.storage.tables import consent, enrollment, event
from service.usecases.book_visit import Booked, book_visit
from tests.public.conftest import Visitor
from tests.support.clock import Clock


def _state(visitor: Visitor) -> tuple[str, list[str], list[int]]:
    """The lead's consent, the reasons that stand against the address, the states of its runs."""
    with visitor.house.kit.db.read() as conn:
        lead = leads.get(conn, visitor.lead)
        rows = suppressions.history(conn, lead.clinic_id, lead.email_key or "")
        runs = conn.scalars(sa.select(enrollment.c.state).where(enrollment.c.lead_id == lead.id))
        return lead.consent, [row.reason for row in rows if row.lifted_at is None], list(runs)


def _kinds(visitor: Visitor) -> list[str]:
    with visitor.house.kit.db.read() as conn:
        return list(conn.scalars(sa.select(event.c.kind).where(event.c.lead_id == visitor.lead).order_by(event.c.id)))


def test_opening_the_page_shows_a_masked_address_and_stops_nothing(alice: Visitor) -> None:
    shown = alice.get(f"/u/{alice.token}").get_data(as_text=True)
    assert "a•••e@example.org" in shown
    assert "Stop all emails" in shown
    assert _state(alice) == ("given", [], [1])


def test_one_press_stops_the_series_the_consent_and_the_address(alice: Visitor) -> None:
    stopped = alice.press(f"/u/{alice.token}")
    assert "Our emails have stopped" in stopped.get_data(as_text=True)
    assert _state(alice) == ("withdrawn", ["unsubscribed"], [4])
    assert _kinds(alice)[-1] == "unsubscribed"


def test_one_click_from_a_mail_program_needs_no_cookie_and_answers_directly(alice: Visitor) -> None:
    for content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        answered = alice.client.post(
            f"/u/{alice.token}", data={"List-Unsubscribe": "One-Click"}, content_type=content_type
        )
        assert answered.status_code == 200
        assert "Set-Cookie" not in answered.headers
        assert "Location" not in answered.headers
    assert _state(alice) == ("withdrawn", ["unsubscribed"], [4])
    assert _kinds(alice).count("unsubscribed") == 1


def test_stopping_twice_is_stopping_once(alice: Visitor) -> None:
    for _ in range(3):
        assert alice.press(f"/u/{alice.token}").status_code == 200
    with alice.house.kit.db.read() as conn:
        withdrawn = conn.scalars(sa.select(consent.c.kind).where(consent.c.kind == "withdrawn"))
        assert len(list(withdrawn)) == 1


def test_a_slip_is_taken_back_by_a_press_within_the_hour_and_the_series_goes_on(alice: Visitor, clock: Clock) -> None:
    alice.press(f"/u/{alice.token}")
    clock.advance(minutes=50)
    assert "I did not mean to" in alice.get(f"/u/{alice.token}").get_data(as_text=True)
    assert _state(alice)[0] == "withdrawn"
    back = alice.press(f"/u/{alice.token}", do="undo")
    assert "The emails go on" in back.get_data(as_text=True)
    assert _state(alice) == ("given", [], [1])
    with alice.house.kit.db.read() as conn:
        given = consents.last(conn, alice.lead)
    assert given is not None
    assert (given.kind, given.at, given.how) == ("given", clock(), "undo within the hour")
    assert "I did not mean to" in given.wording


def test_after_an_hour_a_stop_stays(alice: Visitor, clock: Clock) -> None:
    alice.press(f"/u/{alice.token}")
    clock.advance(seconds=HOUR + 1)
    assert "I did not mean to" not in alice.get(f"/u/{alice.token}").get_data(as_text=True)
    assert "can no longer" in alice.press(f"/u/{alice.token}", do="undo").get_data(as_text=True)
    assert _state(alice) == ("withdrawn", ["unsubscribed"], [4])


def test_taking_back_lifts_no_complaint(alice: Visitor, clock: Clock) -> None:
    alice.press(f"/u/{alice.token}")
    with alice.house.kit.db.write() as conn:
        suppressions.suppress(conn, alice.house.clinic, "alice@example.org", "complaint", clock())
    alice.press(f"/u/{alice.token}", do="undo")
    assert _state(alice)[1] == ["complaint"]


def test_who_never_consented_cannot_consent_by_taking_back(alice: Visitor) -> None:
    bob = alice.house.lead("Bob", consent=False)
    token = alice.house.kit.links.mint("lead", bob)
    alice.press(f"/u/{token}")
    alice.press(f"/u/{token}", do="undo")
    with alice.house.kit.db.read() as conn:
        assert leads.get(conn, bob).consent == "withdrawn"


def test_who_stopped_can_still_book_and_the_visits_mails_come(alice: Visitor, clock: Clock) -> None:
    alice.press(f"/u/{alice.token}")
    start = clock() - clock() % DAY + 7 * DAY + 15 * HOUR
    assert isinstance(book_visit(alice.house.kit, alice.lead, start), Booked)
    alice.press(f"/u/{alice.token}")
    assert _state(alice)[2] == [4, 1]


def test_a_pause_shows_its_end_and_can_be_ended(alice: Visitor) -> None:
    assert "until December 25, 2026" in alice.get(f"/z/{alice.token}").get_data(as_text=True)
    assert "paused" not in _kinds(alice)
    assert "until December 25, 2026" in alice.press(f"/z/{alice.token}").get_data(as_text=True)
    alice.press(f"/z/{alice.token}")
    assert _kinds(alice).count("paused") == 1
    assert "The pause is over" in alice.press(f"/z/{alice.token}", do="resume").get_data(as_text=True)
    with alice.house.kit.db.read() as conn:
        assert leads.get(conn, alice.lead).paused_until is None


def test_choices_are_kept_and_shown(alice: Visitor) -> None:
    saved = alice.press(f"/p/{alice.token}", pace="weekly", about=["how", "open"])
    assert saved.status_code == 303
    with alice.house.kit.db.read() as conn:
        lead = leads.get(conn, alice.lead)
    assert (lead.pace, lead.refused_topics) == ("weekly", ["visit", "self"])
    shown = alice.get(saved.headers["Location"]).get_data(as_text=True)
    assert "Saved. You get one email a week at most." in shown
    assert 'value="weekly" checked' in shown
    assert 'value="how" checked' in shown
    assert 'value="self" checked' not in shown


def test_i_have_already_booked_ends_the_series_and_nothing_else(alice: Visitor) -> None:
    alice.press(f"/p/{alice.token}", pace="booked", about=["how", "visit", "self", "open"])
    assert _state(alice) == ("given", [], [4])


def test_stop_all_on_the_preferences_page_is_an_unsubscribe(alice: Visitor) -> None:
    alice.press(f"/p/{alice.token}", pace="stop", about=[])
    assert _state(alice)[:2] == ("withdrawn", ["unsubscribed"])
    assert "nothing to choose here" in alice.get(f"/p/{alice.token}").get_data(as_text=True)


def test_an_unknown_choice_changes_nothing(alice: Visitor) -> None:
    before = _kinds(alice)
    assert alice.press(f"/p/{alice.token}", pace="daily").status_code == 303
    assert [kind for kind in _kinds(alice) if kind != "clicked"] == [kind for kind in before if kind != "clicked"]


def test_staying_enters_the_quarterly_letter_once(alice: Visitor) -> None:
    for _ in range(2):
        assert "We stay in touch" in alice.press(f"/k/{alice.token}").get_data(as_text=True)
    assert len(_state(alice)[2]) == 2


def test_who_stopped_gets_no_letter(alice: Visitor) -> None:
    shown = alice.get(f"/k/{alice.token}").get_data(as_text=True)
    csrf = shown.split('name="csrf_token" value="')[1].split('"')[0]
    alice.press(f"/u/{alice.token}")
    refused = alice.client.post(f"/k/{alice.token}", data={"csrf_token": csrf})
    assert "no letter comes" in refused.get_data(as_text=True)
    assert _state(alice)[2] == [4]
