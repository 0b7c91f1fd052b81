"""Codes from a phone at sign-in: set up, asked for, refused; and the ways back for whoever lost it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyotp
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from service.domain.session_age import HALF, PROOF
from service.storage.tables import audit, recovery_code, second_step
from service.usecases.staff_links import ask_link, owner_link
from tests.support.desk_data import EMAIL, PASSWORD, Desk, a_user, another_clinic

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)  # no SQL of its own for either database
FAY, STEP = "fay@sun.example", 30


@dataclass
class Phone:
    desk: Desk
    secret: str
    recovery: list[str]

    def code(self, later: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(self.desk.clock.at + later)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    return desk


def _set_up(desk: Desk, client: FlaskClient | None = None) -> Phone:
    client = client or desk.client
    assert client.post("/desk/account/codes/begin").headers["Location"] == "/desk/account/codes"
    page = client.get("/desk/account/codes").get_data(as_text=True)
    found = re.search(r'Key: <b class="mono">([A-Z2-7 ]+)<', page)
    assert found
    assert "<svg" in page
    phone = Phone(desk, found[1].replace(" ", ""), [])
    shown = client.post("/desk/account/codes", data={"code": phone.code()}).get_data(as_text=True)
    phone.recovery = re.findall(r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>", shown)
    desk.clock.at += STEP
    return phone


def _password(desk: Desk, email: str = EMAIL) -> FlaskClient:
    client = desk.app.test_client()
    client.post("/desk/sign-in", data={"email": email, "password": PASSWORD, "then": "/desk/leads"})
    return client


def _code(client: FlaskClient, code: str) -> int:
    return client.post("/desk/sign-in/code", data={"code": code}).status_code


def test_with_a_phone_set_up_the_password_alone_opens_nothing(desk: Desk) -> None:
    elsewhere = _password(desk)
    phone = _set_up(desk)
    assert elsewhere.get("/desk/").status_code == 303, "her other sessions have ended"
    client = _password(desk)
    assert client.get("/desk/").status_code == 303
    assert _code(client, "not a code") == 401
    assert _code(client, phone.code(10 * STEP)) == 401
    given = client.post("/desk/sign-in/code", data={"code": phone.code()})
    assert given.headers["Location"] == "/desk/leads"
    assert client.get("/desk/").status_code == 200


def test_a_code_counts_once_and_a_clock_may_be_off_by_one_step(desk: Desk) -> None:
    phone = _set_up(desk)
    desk.clock.at += 10 * STEP
    for later, answer in (
        (-2 * STEP, 401),
        (2 * STEP, 401),
        (-STEP, 303),
        (0, 303),
        (0, 401),
        (-STEP, 401),
        (STEP, 303),
    ):
        assert _code(_password(desk), phone.code(later)) == answer, later


def test_the_step_after_the_password_waits_ten_minutes_and_is_tried_five_times(desk: Desk) -> None:
    phone = _set_up(desk)
    client = _password(desk)
    desk.clock.at += HALF
    assert client.get("/desk/sign-in/code").headers["Location"] == "/desk/sign-in"
    client = _password(desk)
    assert [_code(client, "000 000") for _ in range(6)] == [401] * 5 + [429]
    assert _code(_password(desk), phone.code()) == 429


def test_each_recovery_code_lets_in_once_and_new_ones_replace_the_rest(desk: Desk) -> None:
    phone = _set_up(desk)
    assert len(set(phone.recovery)) == 10
    first, second = phone.recovery[:2]
    client = _password(desk)
    assert _code(client, first.upper().replace("-", " ")) == 303
    assert _code(_password(desk), first) == 401
    assert "9 recovery codes left" in client.get("/desk/account").get_data(as_text=True)
    made = re.findall(
        r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>", client.post("/desk/account/recovery").get_data(as_text=True)
    )
    assert _code(_password(desk), second) == 401
    assert _code(_password(desk), made[9]) == 303


def test_secret_and_recovery_codes_cannot_be_read_from_the_database(desk: Desk) -> None:
    phone = _set_up(desk)
    with desk.house.kit.db.read() as conn:
        kept = str(conn.execute(sa.select(second_step)).all()) + str(conn.execute(sa.select(recovery_code)).all())
    assert phone.secret not in kept
    assert not any(code.replace("-", "") in kept for code in phone.recovery)


def test_what_changes_the_sign_in_asks_again_and_a_code_is_enough(desk: Desk) -> None:
    phone = _set_up(desk)
    desk.clock.at += PROOF
    for path in ("codes/off", "recovery", "sessions/end"):
        assert desk.client.post(f"/desk/account/{path}").status_code == 403
    assert desk.client.post("/desk/account/codes/off", data={"proof": phone.code()}).status_code == 303
    assert _password(desk).get("/desk/").status_code == 200


def test_an_owner_asks_it_of_everybody_and_who_has_none_sets_it_up_first(desk: Desk) -> None:
    a_user(desk.house, FAY, "Fay Moreno", role="manager")
    fay = _password(desk, FAY)
    fay.post("/desk/settings/people/codes", data={"everybody": "yes"})
    assert fay.get("/desk/").status_code == 200, "a manager may not ask it"
    desk.client.post("/desk/settings/people/codes", data={"everybody": "yes"})
    for path in ("/desk/", "/desk/leads", "/desk/reports"):
        assert fay.get(path).headers["Location"] == "/desk/account"
    assert "asks everybody for a code" in fay.get("/desk/account").get_data(as_text=True)
    _set_up(desk, fay)
    assert fay.get("/desk/leads").status_code == 200
    assert desk.client.get("/desk/").headers["Location"] == "/desk/account", "the owner too"


def test_a_lost_phone_is_taken_off_by_an_owner_and_a_managers_hand_reaches_no_owner(desk: Desk) -> None:
    who = a_user(desk.house, FAY, "Fay Moreno", role="manager")
    fay = _password(desk, FAY)
    _set_up(desk, fay)
    assert "Take off the codes" in desk.get("/desk/settings/people")
    desk.client.post(f"/desk/settings/people/{who}/codes-off")
    assert fay.get("/desk/").status_code == 303
    fay = _password(desk, FAY)
    assert fay.get("/desk/").status_code == 200
    _set_up(desk)
    fay.post(f"/desk/settings/people/{desk.owner}/codes-off")
    assert _password(desk).get("/desk/").status_code == 303
    theirs = a_user(desk.house, "eve@moon.example", "Eve", another_clinic(desk.house))
    assert desk.client.post(f"/desk/settings/people/{theirs}/codes-off").status_code == 404


def test_a_forgotten_password_leads_not_past_the_phone_and_the_command_line_does(desk: Desk) -> None:
    from service.storage import staff_links, users
    from tests.support.desk_data import sign_in

    _set_up(desk)
    ask_link(desk.house.kit, EMAIL)
    with desk.house.kit.db.write() as conn:
        user = users.by_email(conn, EMAIL)
        assert user is not None
        by_mail = staff_links.take(conn, desk.clock.at, desk.clock.at + 1, 1)[0].link_id
    chosen = {"password": "seven blue kettles sing"}
    client = desk.app.test_client()
    path = f"/desk/link/{desk.house.kit.links.mint('staff', by_mail)}"
    assert client.post(path, data=chosen).headers["Location"] == "/desk/sign-in/code"
    assert client.get("/desk/").status_code == 303
    path = owner_link(desk.house.kit, EMAIL).removeprefix(desk.house.kit.base_url)
    assert client.get(path).status_code == 200, "looking takes nothing off"
    assert client.post(path, data=chosen).headers["Location"] == "/desk/"
    assert client.get("/desk/").status_code == 200
    assert sign_in(desk.app.test_client(), EMAIL, chosen["password"]).headers["Location"] == "/desk/"
    with desk.house.kit.db.read() as conn:
        done = set(conn.execute(sa.select(audit.c.action)).scalars())
    assert {"sign-in codes switched on", "sign-in codes taken off"} <= done
