"""Where one is signed in: shown, ended, over by itself; and shown once more who one is, before harm can be done."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from service.domain.session_age import IDLE, LONGEST, NOTED, PROOF
from service.storage import users
from service.storage.tables import desk_session
from service.usecases.hold_restored import hold_restored
from tests.support.desk_data import EMAIL, PASSWORD, Desk, a_user, sign_in

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)  # no SQL of its own for either database
EXPORT = "/desk/reports/sources/sources.csv"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1"
FAY = "fay@sun.example"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    return desk


def _phone(desk: Desk) -> FlaskClient:
    client = desk.app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = IPHONE
    client.post("/desk/sign-in", data={"email": EMAIL, "password": PASSWORD})
    return client


def _key(client: FlaskClient) -> str:
    with client.session_transaction() as kept:
        return str(kept["_user_id"])


def test_each_place_is_shown_in_words_and_one_of_them_is_ended(desk: Desk) -> None:
    phone = _phone(desk)
    shown = desk.get("/desk/account")
    assert "Safari on an iPhone" in shown
    assert "18_1" not in shown
    there = re.search(r"/desk/account/sessions/(\d+)/end", shown)
    assert there
    desk.client.post(there[0])
    assert phone.get("/desk/").status_code == 303
    assert "Safari on an iPhone" not in desk.get("/desk/account")


def test_all_others_are_ended_at_once(desk: Desk) -> None:
    phone, tablet = _phone(desk), _phone(desk)
    desk.client.post("/desk/account/sessions/end")
    assert [each.get("/desk/").status_code for each in (phone, tablet, desk.client)] == [303, 303, 200]


def test_somebody_elses_session_is_not_shown_and_not_ended(desk: Desk) -> None:
    a_user(desk.house, FAY, "Fay Moreno", role="owner")
    fay = desk.app.test_client()
    fay.post("/desk/sign-in", data={"email": FAY, "password": PASSWORD})
    with desk.house.kit.db.read() as conn:
        danas = conn.execute(sa.select(desk_session.c.id).where(desk_session.c.user_id == desk.owner)).scalar_one()
    assert str(danas) not in fay.get("/desk/account").get_data(as_text=True)
    fay.post(f"/desk/account/sessions/{danas}/end")
    fay.post("/desk/account/sessions/end")
    assert desk.client.get("/desk/").status_code == 200


def test_an_owner_signs_a_person_out_everywhere_who_may_come_in_again(desk: Desk) -> None:
    who = a_user(desk.house, FAY, "Fay Moreno", role="front-desk")
    fay = desk.app.test_client()
    given = {"email": FAY, "password": PASSWORD}
    fay.post("/desk/sign-in", data=given)
    desk.client.post(f"/desk/settings/people/{who}/sign-out")
    assert fay.get("/desk/").status_code == 303
    assert fay.post("/desk/sign-in", data=given).headers["Location"] == "/desk/"
    assert fay.post(f"/desk/settings/people/{desk.owner}/sign-out").status_code == 403


def test_a_page_waits_for_nobody_to_note_that_it_was_seen(desk: Desk) -> None:
    desk.clock.at += NOTED
    with desk.house.kit.db.write():
        assert desk.client.get("/desk/account").status_code == 200
    assert desk.client.get("/desk/account").status_code == 200
    with desk.house.kit.db.read() as conn:
        assert conn.execute(sa.select(desk_session.c.seen_at)).scalar_one() == desk.clock.at


def test_a_backup_that_is_put_back_brings_no_session_back(desk: Desk) -> None:
    hold_restored(desk.house.kit.db, desk.clock.at)
    assert desk.client.get("/desk/").status_code == 303


def test_a_session_ends_after_twelve_hours_without_use_and_after_a_week_in_any_case(desk: Desk) -> None:
    begun = desk.clock.at
    while desk.clock.at + IDLE - 1 < begun + LONGEST:
        desk.clock.at += IDLE - 1
        assert desk.client.get("/desk/account").status_code == 200
    desk.clock.at = begun + LONGEST
    assert desk.client.get("/desk/account").status_code == 303, "used all week, and over"
    sign_in(desk.client)
    desk.clock.at += IDLE
    assert desk.client.get("/desk/account").status_code == 303, "not used"


def test_the_key_stands_nowhere_and_is_another_after_each_sign_in_and_proof(desk: Desk) -> None:
    first = _key(desk.client)
    with desk.house.kit.db.read() as conn:
        assert first not in str(conn.execute(sa.select(desk_session)).all())
    old = desk.app.test_client()
    with old.session_transaction() as kept:
        kept["_user_id"] = first
    assert old.get("/desk/").status_code == 200
    desk.clock.at += PROOF
    assert desk.client.post("/desk/prove", data={"proof": PASSWORD, "then": "/desk/"}).status_code == 200
    assert _key(desk.client) != first
    assert old.get("/desk/").status_code == 303, "whoever copied the cookie before is out"
    second = _key(desk.client)
    sign_in(desk.client)
    assert _key(desk.client) not in {first, second}


def test_another_role_comes_with_another_key(desk: Desk) -> None:
    who = a_user(desk.house, FAY, "Fay Moreno", role="viewer")
    fay = desk.app.test_client()
    fay.post("/desk/sign-in", data={"email": FAY, "password": PASSWORD})
    before = _key(fay)
    with desk.house.kit.db.write() as conn:
        users.set_role(conn, who, "manager")
    assert fay.get("/desk/").status_code == 200
    assert _key(fay) != before


def test_a_file_is_handed_out_after_a_proof_of_the_last_ten_minutes(desk: Desk) -> None:
    assert desk.client.get(EXPORT).status_code == 200, "she has just signed in"
    desk.clock.at += PROOF
    asked = desk.client.get(EXPORT + "?span=90")
    assert asked.status_code == 403
    assert f'name="then" value="{EXPORT}?span=90"' in asked.get_data(as_text=True)
    wrong = desk.client.post("/desk/prove", data={"proof": "a guess", "then": EXPORT})
    assert wrong.status_code == 403
    assert "was not right" in wrong.get_data(as_text=True)
    assert EXPORT in desk.client.post("/desk/prove", data={"proof": PASSWORD, "then": EXPORT}).get_data(as_text=True)
    assert desk.client.get(EXPORT).status_code == 200


def test_what_was_sent_waits_in_the_page_that_asks_and_is_done_after_it(desk: Desk) -> None:
    desk.clock.at += PROOF
    path, given = "/desk/settings/people/invite", {"name": "Fay & Co", "email": FAY, "role": "viewer"}
    asked = desk.client.post(path, data=given)
    assert asked.status_code == 403
    text = asked.get_data(as_text=True)
    assert f'action="{path}"' in text
    assert 'name="name" value="Fay &amp; Co"' in text
    with desk.house.kit.db.read() as conn:
        assert users.by_email(conn, FAY) is None
    assert desk.client.post(path, data={**given, "proof": PASSWORD}).status_code == 303
    with desk.house.kit.db.read() as conn:
        assert users.by_email(conn, FAY) is not None


def test_a_proof_leads_nowhere_but_to_the_desk(desk: Desk) -> None:
    for then in ("https://evil.example/", "//evil.example/desk/", "/join/sun", "javascript:alert(1)", "/desk/\\evil"):
        page = desk.client.post("/desk/prove", data={"proof": PASSWORD, "then": then}).get_data(as_text=True)
        assert 'class="btn primary" href="/desk/"' in page, then


def test_a_proof_is_guessed_ten_times_and_no_more(desk: Desk) -> None:
    desk.clock.at += PROOF
    answers = [desk.client.post("/desk/prove", data={"proof": "a guess"}).status_code for _ in range(11)]
    assert answers == [403] * 10 + [429]
