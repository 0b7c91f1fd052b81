"""Every page of the desk says which right it needs, and its guard holds it."""

from __future__ import annotations

import pytest

from service.domain.right import Right
from service.web.admin.desk import OPEN
from service.web.admin.rights import needed
from tests.support.desk_data import PASSWORD, Desk, a_user, sign_in

EMAIL = "fay@sun.example"


def _becomes(desk: Desk, role: str) -> None:
    a_user(desk.house, EMAIL, "Fay Moreno", role=role)
    desk.client = desk.app.test_client()
    sign_in(desk.client, EMAIL, PASSWORD)


def test_every_act_of_the_desk_declares_the_right_it_needs(desk: Desk) -> None:
    with desk.app.app_context():
        acts = [
            rule
            for rule in desk.app.url_map.iter_rules()
            if rule.endpoint.startswith("desk.") and rule.endpoint not in OPEN
        ]
        silent = {
            f"{method} {rule.rule}"
            for rule in acts
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
            if needed(rule.endpoint, method) is None
        }
    assert not silent, "put @need(Right.…) under the route of each"


def test_pages_that_show_ask_for_nothing_but_a_sign_in(desk: Desk) -> None:
    with desk.app.app_context():
        assert needed("desk.home", "GET") is Right.SEE


def test_a_viewer_looks_and_is_told_who_may_do_what_they_may_not(desk: Desk) -> None:
    _becomes(desk, "viewer")
    assert "Leads" in desk.get("/desk/leads")
    answer = desk.post_form("/desk/sending/stop")
    assert answer.status_code == 403
    page = " ".join(answer.get_data(as_text=True).split())
    assert "Your role may not stop and start sending" in page
    assert "Fay Moreno, viewer. Nothing was changed." in page
    assert "owner, manager or front desk may stop and start sending" in page


@pytest.mark.parametrize(("role", "status"), [("front-desk", 403), ("viewer", 403), ("practitioner", 200)])
def test_answers_show_to_those_alone_who_treat_or_run_the_clinic(desk: Desk, role: str, status: int) -> None:
    _becomes(desk, role)
    answer = desk.post_form(f"/desk/leads/{desk.people['Alice']}/answers")
    assert answer.status_code == status


def test_a_question_on_home_shows_its_words_to_those_alone_who_may_read_answers(desk: Desk) -> None:
    from service.usecases.ask_staff import ask_staff

    with desk.house.kit.db.write() as conn:
        ask_staff(
            conn,
            clinic_id=desk.clinic,
            lead_id=desk.people["Alice"],
            kind="answer",
            text="Does it hurt?",
            now=desk.clock(),
            once="answer:1",
        )
    for path in ("/desk/", f"/desk/leads/{desk.people['Alice']}"):
        assert "Does it hurt?" in desk.get(path)
    _becomes(desk, "front-desk")
    for path in ("/desk/", f"/desk/leads/{desk.people['Alice']}"):
        assert "Does it hurt?" not in desk.get(path)
