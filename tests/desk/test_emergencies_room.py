"""Emergencies: whom to call stands first on Home, the words are the clinic's, and not everybody reads what was said."""

from __future__ import annotations

import html

from service.domain.right import Role
from service.storage import clinics, leads
from service.usecases.answer_question import answer_question
from tests.support.desk_data import Desk, a_user, sign_in

PAGE = "/desk/settings/emergencies"
WRITTEN = "I can’t hold urine since yesterday"


def writes(desk: Desk, who: str = "Alice") -> int:
    answer_question(desk.house.kit, desk.people[who], "other", text=WRITTEN)
    return desk.people[who]


def test_whom_to_call_stands_first_on_home_with_what_they_wrote(desk: Desk) -> None:
    writes(desk)
    home = html.unescape(desk.get("/desk/"))
    assert home.index("Call now") < home.index(WRITTEN) < home.index("Words of an emergency")
    page = html.unescape(desk.get(f"/desk/leads/{desk.people['Alice']}"))
    assert "words of an emergency: no series" in page
    assert "Wrote words of an emergency" in page


def test_a_role_that_sees_no_answers_reads_that_somebody_must_call_and_not_why(desk: Desk) -> None:
    lead_id = writes(desk)
    a_user(desk.house, "val@sun.example", "Val", role=Role.VIEWER)
    val = desk.app.test_client()
    sign_in(val, "val@sun.example")
    for path in ("/desk/", f"/desk/leads/{lead_id}"):
        page = html.unescape(val.get(path).get_data(as_text=True))
        assert "Call now" in page, path
        assert WRITTEN not in page, path


def test_who_is_cared_for_may_be_enrolled_again(desk: Desk) -> None:
    lead_id = writes(desk)
    assert "only when you have spoken" in desk.get(f"/desk/leads/{lead_id}/cared-for")
    assert desk.post_form(f"/desk/leads/{lead_id}/cared-for").status_code == 303
    with desk.house.kit.db.read() as conn:
        assert not leads.get(conn, lead_id).urgent
    assert "they may enter a series again" in html.unescape(desk.get(f"/desk/leads/{lead_id}"))


def test_the_words_are_changed_tidied_and_given_back(desk: Desk) -> None:
    assert "numb* between leg*" in desk.get(PAGE)
    assert desk.post_form(PAGE, en="  fever* \n\nfever*\nblack out", es="fiebre", act="save").status_code == 303
    with desk.house.kit.db.read() as conn:
        row = clinics.get(conn, desk.clinic)
    assert (row.red_flags_en, row.red_flags_es) == ("fever*\nblack out", "fiebre")
    writes(desk)
    assert "Call now" not in desk.get("/desk/")
    assert desk.post_form(PAGE, act="ours").status_code == 303
    writes(desk, "Maria")
    assert "Call now" in desk.get("/desk/")


def test_a_line_that_would_find_everything_is_named_and_nothing_is_kept(desk: Desk) -> None:
    answer = desk.post_form(PAGE, en="fever*\na*\nthe", es="fiebre", act="save")
    page = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert "Line 2:</b> Write at least three letters before a *" in page
    assert "Line 3:</b> Write at least one word" in page
    with desk.house.kit.db.read() as conn:
        assert clinics.get(conn, desk.clinic).red_flags_en is None


def test_a_sentence_is_tried_and_nothing_of_it_kept(desk: Desk) -> None:
    page = html.unescape(desk.post_form(f"{PAGE}/try", text=WRITTEN).get_data(as_text=True))
    assert "it holds “cannot hold urine”" in page
    page = html.unescape(desk.post_form(f"{PAGE}/try", text="Is there parking?").get_data(as_text=True))
    assert "None of the words is in it." in page
    assert "Call now" not in desk.get("/desk/")


def test_without_an_approved_answer_the_page_says_how_to_approve_it(desk: Desk) -> None:
    page = html.unescape(desk.get(PAGE))
    assert ("They get your answer at once" in page) != ("They get no answer by themselves yet" in page)
