"""Many people at once: chosen, looked at, changed, taken back."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy.engine import Connection
from werkzeug.test import TestResponse

from service.domain.timing import HOUR
from service.storage import leads, marks, runs, users
from service.usecases import act_on_many as bulk
from tests.support.desk_data import Desk, a_user, another_clinic, sign_in
from tests.support.split_series import publish_split


def look(desk: Desk, act: str, *names: str, query: str = "", **more: str) -> str:
    data = {"csrf_token": desk.token(), "act": act, "lead": [str(desk.people[name]) for name in names], **more}
    return text(desk.client.post(f"/desk/leads/bulk{query}", data=data))


def do(desk: Desk, page: str, **more: str) -> TestResponse:
    fields = dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', page.rsplit("h-fates", 1)[-1]))
    return desk.post_form("/desk/leads/bulk/do", **{**fields, **more})


def text(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True))


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def paused(desk: Desk, name: str) -> bool:
    with desk.house.kit.db.read() as conn:
        return (leads.get(conn, desk.people[name]).paused_until or 0) > desk.clock()


def undo(desk: Desk) -> str:
    found = re.search(r'action="([^"]*/undo)"', desk.get("/desk/leads"))
    assert found is not None
    return found[1]


def test_a_pause_is_looked_at_changes_nothing_till_then_and_is_taken_back(desk: Desk) -> None:
    page = look(desk, "pause", "Alice", "Maria", "Bob")
    assert "2 people: no mails of a series for 30 days" in plain(page)
    assert "1 person: asked us to stop" in plain(page)
    assert not paused(desk, "Alice")
    do(desk, page)
    assert paused(desk, "Alice")
    assert paused(desk, "Maria")
    assert not paused(desk, "Bob")
    desk.post_form(undo(desk))
    assert not paused(desk, "Alice")
    assert "Taken back: 2 people" in desk.get("/desk/leads")


def test_after_an_hour_it_stands_and_who_was_paused_before_stays_so(desk: Desk) -> None:
    desk.post_form(f"/desk/leads/{desk.people['Maria']}/pause")
    page = look(desk, "pause", "Alice", "Maria")
    assert "1 person: paused already" in plain(page)
    do(desk, page)
    address = undo(desk)
    desk.post_form(address)
    assert paused(desk, "Maria")
    desk.clock.at += HOUR + 1
    desk.post_form(address)
    assert "more than an hour ago" in desk.get("/desk/leads")


def test_all_of_a_filter_are_tagged_under_one_spelling(desk: Desk) -> None:
    page = look(desk, "tag", query="?stage=reading", all="yes")
    assert "See what would happen" in page
    chosen = re.findall(r'name="people" value="([^"]+)"', page)[0]
    page = look(desk, "tag", people=chosen, tag="Mornings", look="yes")
    do(desk, page)
    with desk.house.kit.db.read() as conn:
        had = marks.tags_of(conn, list(desk.people.values()))
    assert {name for name, lead_id in desk.people.items() if had.get(lead_id)} == {"Alice"}
    desk.post_form(undo(desk))
    with desk.house.kit.db.read() as conn:
        assert not marks.tags_of(conn, list(desk.people.values()))


def test_a_series_says_beforehand_who_enters_and_who_does_not_and_why(desk: Desk) -> None:
    publish_split(desk.house.kit, desk.clinic)
    campaign = desk.campaign("tried")
    page = look(desk, "enroll", "Alice", "Bob", campaign=str(campaign), look="yes")
    before = plain(page)
    do(desk, page)
    with desk.house.kit.db.read() as conn:
        entered = {name for name, who in desk.people.items() if campaign in in_series(conn, who)}
    assert f"{len(entered)} person" in before or f"{len(entered)} people" in before


def test_a_stop_is_everybodys_own_and_cannot_be_undone(desk: Desk) -> None:
    do(desk, look(desk, "stop", "Alice", "Bob"))
    with desk.house.kit.db.read() as conn:
        assert leads.get(conn, desk.people["Alice"]).consent == "withdrawn"
    assert "/undo" not in desk.get("/desk/leads")


def test_killed_between_two_batches_the_same_act_does_what_is_left(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BATCH", 1)
    who = sorted(desk.people[name] for name in ("Alice", "Maria"))
    kit = desk.house.kit
    with kit.db.read() as conn:
        user = bulk_user(desk, conn)
    bulk.act_on_many(kit, user, bulk.Act("pause"), who[:1])
    outcome = bulk.act_on_many(kit, user, bulk.Act("pause"), who)
    assert outcome.fates == {who[0]: "paused-already", who[1]: "paused"}


def test_a_front_desk_may_not_and_another_clinics_people_are_nobody(desk: Desk) -> None:
    elsewhere = another_clinic(desk.house)
    with desk.house.kit.db.write() as conn:
        leads.change(conn, desk.people["Maria"], {"clinic_id": elsewhere}, desk.clock())
    page = look(desk, "pause", "Alice", "Maria")
    assert "not here any more" in plain(page)
    do(desk, page)
    assert not paused(desk, "Maria")
    a_user(desk.house, "flo@sun.example", "Flo", role="front-desk")
    desk.client.post("/desk/sign-out", data={"csrf_token": desk.token()})
    sign_in(desk.client, "flo@sun.example")
    assert desk.post_form("/desk/leads/bulk/do", act="stop", people="1").status_code == 403
    assert "Look first" not in desk.get("/desk/leads")


def in_series(conn: Connection, lead_id: int) -> set[int]:
    return {run.campaign_id for run in runs.running(conn, lead_id=lead_id)}


def bulk_user(desk: Desk, conn: Connection) -> users.UserRow:

    user = users.find(conn, desk.owner)
    assert user is not None
    return user
