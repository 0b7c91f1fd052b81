"""The list's columns: each person's own, in one order, the clinic's fields among them."""

from __future__ import annotations

import re

import pytest

from service.domain.lead_columns import MOST, USUAL, chosen
from tests.desk.test_rooms import MOST_STATEMENTS, counted
from tests.support.desk_data import PASSWORD, Desk, a_user, app_of, sign_in


def _heads(page: str) -> list[str]:
    return re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', page)[0:]


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_each_person_chooses_their_own_columns(desk: Desk) -> None:
    assert _heads(desk.get("/desk/leads"))[1:4] == ["Stage", "Score", "Source"]
    answer = desk.client.post(
        "/desk/leads/columns?stage=reading",
        data={"csrf_token": desk.token(), "column": ["phone", "language", "nonsense", "next"]},
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/leads?stage=reading")
    with counted(desk.house.kit.db) as statements:
        page = desk.get("/desk/leads")
    assert _heads(page) == ["Person", "Stage", "Next step due", "Phone", "Language"]
    assert "English" in page
    assert len(statements) <= MOST_STATEMENTS
    a_user(desk.house, "fay@sun.example", "Fay")
    other = app_of(desk.house).test_client()
    sign_in(other, "fay@sun.example", PASSWORD)
    assert "Source" in _heads(other.get("/desk/leads").get_data(as_text=True))


def test_what_is_chosen_stands_in_one_order_with_the_stage_and_never_beyond_nine() -> None:
    assert chosen(None, ["plan"]) == list(USUAL)
    assert chosen(["phone", "field:plan", "score", "field:gone"], ["plan"]) == ["stage", "score", "phone", "field:plan"]
    assert chosen([], []) == ["stage"]
    assert len(chosen([*USUAL, "phone", "language", "consent", "field:a", "field:b"], ["a", "b"])) == MOST
