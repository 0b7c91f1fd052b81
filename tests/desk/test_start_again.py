"""Before all mail is started again, Dana sees who gets what at once, each person counted once."""

from __future__ import annotations

import sqlalchemy as sa

from service.storage import clinics
from service.storage.tables import enrollment, message
from service.usecases.preview_start import preview_start
from tests.support.desk_data import Desk, sign_in


def due_now(desk: Desk, name: str) -> None:
    desk.clock.advance(days=1, hours=6)
    with desk.house.kit.db.write() as conn:
        due = sa.update(enrollment).where(enrollment.c.lead_id == desk.people[name], enrollment.c.state == 1)
        conn.execute(due.values(due_at=desk.clock()))


def sent_to(desk: Desk, name: str) -> int:
    with desk.house.kit.db.read() as conn:
        return conn.execute(sa.select(sa.func.count()).where(message.c.lead_id == desk.people[name])).scalar_one()


def test_what_the_page_names_is_what_leaves_when_she_starts(desk: Desk) -> None:
    sign_in(desk.client)
    desk.post_form("/desk/sending/stop", why="A wrong price")
    due_now(desk, "Alice")
    page = desk.get("/desk/sending")
    assert "gets a mail at once when you start" in page
    assert "Alice" in page
    before = sent_to(desk, "Alice")
    desk.tick()
    assert sent_to(desk, "Alice") == before, "a look starts nothing"
    desk.post_form("/desk/sending/start")
    desk.tick()
    assert sent_to(desk, "Alice") == before + 1


def test_whoever_unsubscribed_is_not_among_them(desk: Desk) -> None:
    due_now(desk, "Bob")
    with desk.house.kit.db.read() as conn:
        ahead = preview_start(desk.house.kit, conn, clinics.get(conn, desk.clinic), desk.clock())
    assert desk.people["Bob"] not in {lead_id for group in ahead.goes for lead_id, _ in group.people}
