"""The brake's room: why the series stand still, who would get what, and how they go on, with a way back."""

from __future__ import annotations

import re

import sqlalchemy as sa

from service.domain.brake import Brake
from service.storage import brakes, clinics
from service.storage.tables import enrollment
from tests.support.desk_data import Desk, a_user, another_clinic, sign_in


def braked(desk: Desk) -> bool:
    with desk.house.kit.db.read() as conn:
        return clinics.get(conn, desk.clinic).braked_at is not None


def a_held_mail(desk: Desk) -> None:
    """Alice comes to her next mail, of the next day at three, while the series stand still."""
    desk.clock.advance(days=1, hours=6)
    with desk.house.kit.db.write() as conn:
        due = sa.update(enrollment).where(enrollment.c.lead_id == desk.people["Alice"], enrollment.c.state == 1)
        conn.execute(due.values(due_at=desk.clock()))
    desk.tick()


def undo(desk: Desk, page: str) -> None:
    found = re.search(r'<form method="post" action="([^"]+)">[^§]{0,300}?>\s*<svg[^>]*><use href="#undo"', page)
    assert found is not None
    desk.post_form(found[1], back="home")


def test_dana_is_told_why_on_home_and_lets_them_go_on_after_a_look_at_who_waits(desk: Desk) -> None:
    with desk.house.kit.db.write() as conn:
        brakes.put_on(conn, desk.clinic, Brake("bounces", 7, 120), desk.clock())
    a_held_mail(desk)
    sign_in(desk.client)
    home = desk.get("/desk/")
    assert "The series stand still since" in home
    assert "7 of 120 mails in 7 days (5.8 %; the limit is 5 %)" in home
    assert "Series stopped" in home
    room = desk.get("/desk/brake")
    assert "1 person waits for 1 mail" in room
    assert "Nobody gets two mails at once" in room
    assert "an old or a bought list" in room
    assert braked(desk), "a look changes nothing"
    desk.post_form("/desk/brake/off", how="reschedule")
    told = desk.get("/desk/brake")
    assert "1 mail had waited" in told
    assert not braked(desk)
    assert "stand still" not in desk.get("/desk/")


def test_she_stops_the_series_by_hand_and_takes_it_back(desk: Desk) -> None:
    assert "How near the limits are" in desk.get("/desk/brake")
    desk.post_form("/desk/brake/on", why="The price was wrong")
    page = desk.get("/desk/brake")
    assert "The price was wrong" in page
    assert braked(desk)
    desk.post_form("/desk/brake/on", why="another")
    assert "The price was wrong" in desk.get("/desk/")
    desk.post_form("/desk/brake/off", how="send")
    page = desk.get("/desk/brake")
    undo(desk, page)
    assert braked(desk), "undone"
    assert desk.post_form("/desk/brake/off", how="sideways").status_code == 400


def test_the_stop_switch_can_be_taken_back_at_once(desk: Desk) -> None:
    desk.post_form("/desk/sending/stop", why="")
    undo(desk, desk.get("/desk/sending"))
    with desk.house.kit.db.read() as conn:
        assert clinics.get(conn, desk.clinic).stopped_at is None


def test_another_clinics_brake_is_not_hers(desk: Desk) -> None:
    a_user(desk.house, "eve@moon.example", "Eve", another_clinic(desk.house))
    eve = desk.app.test_client()
    sign_in(eve, "eve@moon.example")
    desk.app.config["WTF_CSRF_ENABLED"] = False
    eve.post("/desk/brake/on", data={"why": "mine"})
    assert not braked(desk)
    assert "How near the limits are" in desk.get("/desk/brake")


def test_the_lead_whose_mail_waits_is_told_so(desk: Desk) -> None:
    with desk.house.kit.db.write() as conn:
        brakes.put_on(conn, desk.clinic, Brake("by-hand"), desk.clock())
    a_held_mail(desk)
    assert "sending was stopped" in desk.get(f"/desk/leads/{desk.people['Alice']}")
