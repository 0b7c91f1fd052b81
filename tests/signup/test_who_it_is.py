"""Who signs up: somebody under 18, somebody with a phone only, a second person at one address."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.domain.signup import Unreadable
from service.sources.typeform import Typeform
from service.storage import leads
from service.usecases.book_visit import Booked, book_visit
from service.usecases.confirm_address import Confirmation, confirm_address
from service.usecases.enroll import enter_by
from service.usecases.open_slots import slots_for_mails
from service.usecases.stay_in_touch import stay_in_touch
from service.usecases.unsubscribe import resubscribe, unsubscribe
from tests.signup.conftest import House
from tests.support.desk_data import another_clinic

PHONE = "(952) 555-0187"
NUMBER = "+19525550187"


def _tasks(house: House) -> list[tuple[str, str]]:
    return [(row.kind, row.text) for row in house.rows("task", "at, id")]


def _typeform(*answers: tuple[dict[str, str], dict[str, Any]]) -> bytes:
    fields = [{"id": f"f{number}", "title": field.get("title", "")} for number, (field, _) in enumerate(answers)]
    listed = [
        {"field": {"id": f"f{number}", "type": field["type"], "ref": field.get("ref", "x")}, **answer}
        for number, (field, answer) in enumerate(answers)
    ]
    return json.dumps({"form_response": {"definition": {"fields": fields}, "answers": listed}}).encode()


class TestUnder18:
    @pytest.mark.parametrize(
        "said",
        [
            {"birthdate": "2010-05-04"},
            {"date_of_birth": "5/4/2010"},
            {"age": 16},
            {"under_18": True},
            {"under_18": "yes"},
        ],
    )
    def test_gets_no_series_and_the_staff_are_told(self, house: House, said: dict[str, object]) -> None:
        house.post(first_name="Max", **said)
        lead = house.one("lead")
        assert (bool(lead.minor), lead.consent) == (True, "none")
        assert house.entered() == []
        ((kind, text),) = _tasks(house)
        assert kind == "minor"
        assert "parent or guardian" in text

    @pytest.mark.parametrize(
        "said", [{"birthdate": "1980-05-04"}, {"age": "44"}, {"under_18": False}, {"under_18": ""}, {"age": None}]
    )
    def test_an_adult_is_nobody_special(self, house: House, said: dict[str, object]) -> None:
        house.post(**said)
        assert not house.one("lead").minor
        assert house.entered() == ["new-lead-general"]
        assert _tasks(house) == []

    def test_is_reckoned_on_the_day_of_the_post_where_the_person_is(self, house: House) -> None:
        # 04:42 UTC on 25 November is still the evening before the birthday in Minneapolis
        house.clock.advance(hours=14)
        house.post("young@example.org", birthdate="2008-11-25", timezone="America/Chicago")
        house.post("older@example.org", birthdate="2008-11-25", timezone="Europe/London")
        assert [bool(row.minor) for row in house.rows("lead")] == [True, False]

    def test_the_same_post_again_asks_nobody_again(self, house: House) -> None:
        house.post(age=16, post_id="same")
        house.post(age=16, post_id="same")
        house.post(age=16)
        assert len(_tasks(house)) == 1

    def test_said_later_ends_the_series_and_an_open_question(self, house: House) -> None:
        house.post(first_name="Max", interest="sciatica")
        house.fill_in("mia@example.org", first_name="Mia")
        assert house.entered() == ["sciatica-consultation"]
        assert house.entered("mia@example.org") == ["double-opt-in"]
        house.post(first_name="Max", age=17)
        house.post("mia@example.org", first_name="Mia", age=17)
        assert house.entered() == house.entered("mia@example.org") == []
        assert {row.reason for row in house.rows("enrollment")} == {"minor"}
        assert confirm_address(house.kit, house.rows("lead")[1].id) is Confirmation.NONE

    def test_enters_nothing_later_by_whatever_door(self, house: House) -> None:
        house.post(first_name="Max", age=16)
        lead_id, now = house.one("lead").id, house.clock()
        house.post(first_name="Max", interest="sciatica")
        house.fill_in(first_name="Max")
        stay_in_touch(house.kit, lead_id)
        with house.kit.db.write() as conn:
            for on in ("signup", "by-hand", "stay"):
                assert enter_by(conn, house.kit, house.sun.clinic, lead_id, on, now, interest="sciatica") == []  # type: ignore[arg-type]
        assert confirm_address(house.kit, lead_id) is Confirmation.NONE
        assert house.entered() == []

    def test_cannot_be_brought_back_by_taking_a_stop_back(self, house: House) -> None:
        house.post(first_name="Max", interest="sciatica")
        lead_id = house.one("lead").id
        unsubscribe(house.kit, lead_id)
        house.post(first_name="Max", age=16)
        assert not resubscribe(house.kit, lead_id)
        assert house.entered() == []

    def test_still_gets_the_mails_of_a_visit(self, house: House) -> None:
        house.post(first_name="Max", age=16)
        with house.kit.db.read() as conn:
            start = slots_for_mails(conn, house.sun.clinic, house.clock())[0].start
        assert isinstance(book_visit(house.kit, house.one("lead").id, start), Booked)
        assert house.entered() == ["appointment"]

    def test_a_child_with_a_parents_address_does_not_end_the_parents_series(self, house: House) -> None:
        house.post(first_name="Alice", interest="sciatica")
        house.post(first_name="Max", age=12)
        assert not house.one("lead").minor
        assert house.entered() == ["sciatica-consultation"]
        ((kind, text),) = _tasks(house)
        assert kind == "minor"
        assert text.startswith("Max")

    @pytest.mark.parametrize(
        ("field", "answer"),
        [
            ({"type": "date", "ref": "birthdate"}, {"type": "date", "date": "2010-05-04"}),
            ({"type": "date", "title": "Date of birth"}, {"type": "date", "date": "2010-05-04"}),
            ({"type": "number", "ref": "age"}, {"type": "number", "number": 16}),
            ({"type": "number", "title": "Your age"}, {"type": "number", "number": 16}),
            ({"type": "multiple_choice", "ref": "age"}, {"type": "choice", "choice": {"label": "Under 18"}}),
            ({"type": "yes_no", "ref": "under_18"}, {"type": "boolean", "boolean": True}),
            ({"type": "yes_no", "title": "Are you under 18?"}, {"type": "boolean", "boolean": True}),
        ],
    )
    def test_typeform_says_it_too(self, house: House, field: dict[str, str], answer: dict[str, Any]) -> None:
        from service.usecases.take_post import Came, take_post
        from tests.signup.conftest import sign_typeform

        email = ({"type": "email", "ref": "email"}, {"type": "email", "email": "alice@example.org"})
        raw = _typeform(email, (field, answer))
        take_post(house.kit, "demo-typeform", raw, sign_typeform(raw), Came())
        assert house.one("lead").minor

    def test_a_yes_to_another_question_means_nothing(self) -> None:
        email = ({"type": "email", "ref": "email"}, {"type": "email", "email": "a@example.org"})
        other = ({"type": "yes_no", "title": "Have you had acupuncture?"}, {"type": "boolean", "boolean": True})
        assert Typeform().parse(_typeform(email, other), "application/json").age.under_18 is None


class TestTheFormOfAMinor:
    def test_offers_a_box_and_tells_that_the_clinic_calls(self, house: House, web: FlaskClient) -> None:
        page = web.get("/join/sun-acupuncture").get_data(as_text=True)
        assert "I am under 18" in page
        answer = self._send(house, web, page, phone=PHONE)
        assert answer.status_code == 303
        shown = web.get(answer.headers["Location"]).get_data(as_text=True)
        assert "will call a parent or guardian" in shown
        assert "confirm your address" not in shown
        assert house.one("lead").minor
        assert house.entered() == []

    def test_asks_for_a_number_to_call(self, house: House, web: FlaskClient) -> None:
        page = web.get("/join/sun-acupuncture").get_data(as_text=True)
        answer = self._send(house, web, page, phone="")
        assert answer.status_code == 422
        shown = answer.get_data(as_text=True)
        assert "guardian’s phone number" in shown
        assert 'value="yes" checked' in shown
        assert house.rows("lead") == []

    def _send(self, house: House, web: FlaskClient, page: str, **more: str) -> Any:
        token = page.partition('name="t" value="')[2].partition('"')[0]
        house.clock.advance(minutes=1)
        typed = {"first_name": "Max", "email": "max@example.org", "t": token, "under_18": "yes", "consent": "letters-3"}
        return web.post("/join/sun-acupuncture", data=typed | more)


class TestAPhoneAlone:
    def test_makes_a_lead_and_a_call_and_nothing_else(self, house: House) -> None:
        house.post(None, first_name="Paula", phone=PHONE, message="Do you treat migraine?")
        lead = house.one("lead")
        assert (lead.email, lead.phone, lead.first_name, lead.consent) == (None, NUMBER, "Paula", "none")
        assert house.rows("enrollment") == []
        ((kind, text),) = _tasks(house)
        assert kind == "call"
        assert "no email address" in text
        assert "Do you treat migraine?" in text
        assert house.one("inbox").state == "processed"

    def test_the_same_person_again_in_another_spelling_is_the_same_lead(self, house: House) -> None:
        house.post(None, first_name="Paula", phone=PHONE)
        house.post(None, last_name="Prim", phone="+1 952-555-0187")
        lead = house.one("lead")
        assert (lead.first_name, lead.last_name) == ("Paula", "Prim")
        assert len(_tasks(house)) == 1

    def test_the_same_post_again_changes_nothing(self, house: House) -> None:
        house.post(None, first_name="Paula", phone=PHONE, post_id="same")
        before = (house.rows("lead"), house.rows("event"), house.rows("task", "at, id"))
        house.post(None, first_name="Paula", phone=PHONE, post_id="same")
        assert (house.rows("lead"), house.rows("event"), house.rows("task", "at, id")) == before

    def test_somebody_known_by_address_and_phone_stays_one_lead(self, house: House) -> None:
        house.post(first_name="Alice", phone=PHONE)
        house.post(None, phone=PHONE)
        assert house.one("lead").email == "alice@example.org"
        assert [kind for kind, _ in _tasks(house)] == ["call"]

    def test_an_address_given_later_is_a_lead_of_its_own(self, house: House) -> None:
        """A number proves nothing: whoever typed it must not be shown what its owner told us."""
        house.post(None, first_name="Paula", phone=PHONE)
        house.post("mallory@example.org", phone=PHONE)
        assert [row.email for row in house.rows("lead")] == [None, "mallory@example.org"]

    def test_two_posts_at_the_same_instant_make_one_lead(self, house: House) -> None:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: house.post(None, phone=PHONE, post_id=f"at-once-{number}"), range(4)))
        assert len(house.rows("lead")) == 1

    def test_the_same_number_at_another_clinic_is_another_lead(self, house: House) -> None:
        house.post(None, phone=PHONE)
        moon = another_clinic(house.sun)
        with house.kit.db.write() as conn:
            assert leads.lock_by_phone(conn, moon, NUMBER) is None

    def test_without_a_number_that_can_be_called_the_post_is_unreadable(self, house: House) -> None:
        house.post(None, phone="call me")
        assert house.one("inbox").state == "unreadable"
        with pytest.raises(Unreadable, match="no phone number"):
            Typeform().parse(_typeform(({"type": "phone_number"}, {"type": "phone_number", "phone_number": "1"})), "")


class TestTwoPeopleAtOneAddress:
    def test_are_one_lead_with_both_names_and_a_note(self, house: House) -> None:
        house.post(first_name="Alice", last_name="Ames")
        house.post(first_name="Bob", last_name="Ames")
        house.post(first_name="bob", last_name="Ames")
        lead = house.one("lead")
        assert (lead.first_name, lead.last_name, lead.also_named) == ("Alice", "Ames", "Bob Ames")
        notes = [row for row in house.rows("event") if row.kind == "note"]
        assert len(notes) == 1
        assert "Bob Ames" in str(notes[0].data)

    def test_keep_their_answers_apart(self, house: House) -> None:
        house.post(first_name="Alice", interest="sciatica", message="Since May.")
        house.post(first_name="Bob", interest="arthritis", message="My knees.", phone=PHONE)
        lead = house.one("lead")
        assert (lead.interest, lead.phone) == ("sciatica", None)
        assert [(row.question, row.text) for row in house.rows("answer")] == [
            ("Message", "Since May."),
            ("Phone (Bob)", NUMBER),
            ("Asked for (Bob)", "arthritis"),
            ("Message (Bob)", "My knees."),
        ]
        assert house.entered() == ["sciatica-consultation"]

    def test_a_name_told_in_part_or_in_other_letters_is_the_same_person(self, house: House) -> None:
        house.post(first_name="Alice", last_name="Ames")
        for name in ({"first_name": "ALICE"}, {"last_name": "Ames"}, {}):
            house.post(**name)
        assert house.one("lead").also_named == ""
