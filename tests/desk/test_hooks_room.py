"""Settings, Webhooks: a secret is shown once, a test call tells what came of it, and another clinic's stay closed."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from service.storage import hooks
from service.storage.hooks import HookRow
from service.storage.tables import audit
from tests.support.desk_data import Desk, a_user, another_clinic, sign_in
from tests.support.hook_peer import HookPeer

PAGE = "/desk/settings/webhooks"


@pytest.fixture
def peer() -> Iterator[HookPeer]:
    with HookPeer() as made:
        yield made


def rows(desk: Desk) -> list[HookRow]:
    with desk.house.kit.db.read() as conn:
        return hooks.of_clinic(conn, desk.clinic)


def text_of(desk: Desk) -> str:
    return html.unescape(desk.get(PAGE))


def actions(desk: Desk) -> list[str]:
    with desk.house.kit.db.read() as conn:
        said = conn.execute(sa.select(audit.c.action).order_by(audit.c.id)).scalars()
        return [action for action in said if action.startswith("webhook")]


def test_one_is_added_and_its_secret_shown_this_once(desk: Desk) -> None:
    assert "Nothing else is told of anything" in text_of(desk)
    answer = desk.post_form(f"{PAGE}/add", name="front-desk", url="https://desk.example/in?key=1")
    assert answer.status_code == 200
    secret = rows(desk)[0].secret
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{32}", secret)
    assert html.escape(secret) in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    page = text_of(desk)
    assert secret not in page
    assert "https://desk.example/in?key=1" in page
    assert "No name, no address, no series and no step" in page
    assert actions(desk) == ["webhook added"]


def test_what_cannot_be_added_is_kept_as_typed_beside_its_mend(desk: Desk) -> None:
    wrong = desk.post_form(f"{PAGE}/add", name="Front <desk>", url="https://10.0.0.1/in")
    text = wrong.get_data(as_text=True)
    assert wrong.status_code == 422
    assert 'value="Front &lt;desk&gt;"' in text
    assert "private network" in text
    assert rows(desk) == []


def test_a_name_is_taken_while_it_is_on(desk: Desk) -> None:
    for status in (200, 422):
        assert desk.post_form(f"{PAGE}/add", name="crm", url="https://desk.example/").status_code == status
    first = rows(desk)[0]
    desk.post_form(f"{PAGE}/{first.id}/off")
    assert "“crm” is off" in text_of(desk)
    assert "Off since" in text_of(desk)
    assert desk.post_form(f"{PAGE}/add", name="crm", url="https://new.example/").status_code == 200
    again = rows(desk)[0]
    assert (again.id, again.url, again.disabled_at) == (first.id, "https://new.example/", None)
    assert again.secret != first.secret
    assert actions(desk) == ["webhook added", "webhook switched off", "webhook added"]


def test_a_test_call_tells_of_nobody_and_says_what_came_of_it(desk: Desk, peer: HookPeer) -> None:
    desk.post_form(f"{PAGE}/add", name="crm", url=peer.url)
    row = rows(desk)[0]
    for answer, said in ((200, "Test call: it arrived."), (404, "Test call: it answered 404.")):
        peer.answers(answer)
        assert desk.post_form(f"{PAGE}/{row.id}/test").status_code == 303
        assert said in text_of(desk)
    assert [got.body["type"] for got in peer.received] == ["test", "test"]
    assert set(peer.received[0].body["data"]) == {"hook", "at"}
    assert peer.received[0].id != peer.received[1].id
    assert peer.received[0].holds(row.secret, desk.clock())
    desk.post_form(f"{PAGE}/{row.id}/off")
    assert desk.post_form(f"{PAGE}/{row.id}/test").status_code == 404
    assert len(peer.received) == 2


def test_another_clinic_s_webhooks_and_codes_are_out_of_reach(desk: Desk) -> None:
    desk.post_form(f"{PAGE}/add", name="crm", url="https://desk.example/")
    row, code = rows(desk)[0], desk.house.kit.links.mint("hook-lead", desk.people["Alice"])
    a_user(desk.house, "eve@moon.example", "Eve", another_clinic(desk.house))
    eve = desk.app.test_client()
    sign_in(eve, "eve@moon.example")
    desk.app.config["WTF_CSRF_ENABLED"] = False
    for act in ("test", "off"):
        assert eve.post(f"{PAGE}/{row.id}/{act}").status_code == 404
    assert "desk.example" not in eve.get(PAGE).get_data(as_text=True)
    assert eve.get(f"/desk/who/{code}").status_code == 404
    assert rows(desk) == [row]


def test_a_code_leads_a_colleague_to_the_person_and_no_other_token_does(desk: Desk) -> None:
    links, alice = desk.house.kit.links, desk.people["Alice"]
    answer = desk.client.get(f"/desk/who/{links.mint('hook-lead', alice)}")
    assert answer.headers["Location"] == f"/desk/leads/{alice}"
    for token in (links.mint("lead", alice), links.mint("hook-lead", 7), "forged"):
        assert desk.client.get(f"/desk/who/{token}").status_code == 404
