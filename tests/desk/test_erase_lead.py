"""Erasing somebody: what goes, what stays, and who may."""

from __future__ import annotations

import sqlalchemy as sa

from service.domain.acts import AddTag
from service.storage import leads, marks, runs, suppressions
from service.storage.tables import audit, event, outbox
from service.usecases.mark_leads import Mark, mark_leads
from tests.support.desk_data import Desk, a_user, sign_in


def path(desk: Desk, name: str, more: str = "erase") -> str:
    return f"/desk/leads/{desk.people[name]}/{more}"


def test_the_typed_word_takes_all_that_tells_who_they_were_and_ends_their_series(desk: Desk) -> None:
    kit, alice = desk.house.kit, desk.people["Alice"]
    with kit.db.write() as conn:
        mark_leads(conn, kit, [Mark(desk.clinic, alice, AddTag("sore back"))], kit.clock())
    desk.post_form(path(desk, "Alice", "note"), text="asked about stairs", how="note")
    assert "What stays" in desk.get(path(desk, "Alice"))
    assert desk.post_form(path(desk, "Alice"), word=" Erase ").headers["Location"].endswith("/desk/leads")
    with kit.db.read() as conn:
        row = leads.get(conn, alice)
        assert (row.email, row.email_key, row.first_name, row.last_name, row.phone) == (None,) * 5
        assert not runs.running(conn, lead_id=alice)
        assert not marks.tags_of(conn, [alice])
        notes = sa.select(event.c.data).where(event.c.lead_id == alice, event.c.kind == "note")
        assert list(conn.execute(notes).scalars()) == [{}]
        assert not conn.execute(sa.select(outbox.c.id).where(outbox.c.to_email == "alice@example.org")).all()
        assert "lead erased" in conn.execute(sa.select(audit.c.action)).scalars().all()
    page = desk.get(f"/desk/leads/{alice}")
    assert "all that told who they are was deleted" in page
    assert "stairs" not in page


def test_without_the_word_nothing_is_erased(desk: Desk) -> None:
    answer = desk.post_form(path(desk, "Alice"), word="yes")
    assert answer.status_code == 422
    assert "Nothing was erased" in answer.get_data(as_text=True)
    assert "alice@example.org" in desk.get(f"/desk/leads/{desk.people['Alice']}")


def test_who_asked_us_to_stop_is_never_written_to_after_being_erased(desk: Desk) -> None:
    desk.post_form(path(desk, "Bob"), word="erase")
    with desk.house.kit.db.read() as conn:
        found = suppressions.standing(conn, desk.clinic, "bob@example.org")
    assert [row.reason for row in found] == ["unsubscribed"]


def test_somebody_who_is_expected_is_not_erased_before_the_visit_is_cancelled(desk: Desk) -> None:
    assert "Cancel it first" in desk.get(path(desk, "Erik"))
    assert desk.post_form(path(desk, "Erik"), word="erase").status_code == 422
    assert "erik@example.org" in desk.get(f"/desk/leads/{desk.people['Erik']}")


def test_a_front_desk_neither_sees_nor_may_do_it(desk: Desk) -> None:
    a_user(desk.house, "flo@sun.example", "Flo", role="front-desk")
    desk.client.post("/desk/sign-out", data={"csrf_token": desk.token()})
    sign_in(desk.client, "flo@sun.example")
    assert "Erase this person" not in desk.get(f"/desk/leads/{desk.people['Alice']}")
    assert desk.post_form(path(desk, "Alice"), word="erase").status_code == 403
