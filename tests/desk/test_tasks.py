"""What people of the clinic are asked to do stands on Home until somebody has done it."""

from __future__ import annotations

import re

import orjson
import pytest
import sqlalchemy as sa

from service.domain.question import cut, question_of
from service.domain.timing import DAY
from service.storage import tasks
from service.storage.tables import audit, event
from service.usecases.ask_staff import ask_staff
from service.usecases.read_post import read_post
from tests.desk.test_inbox_room import keep
from tests.support.desk_data import Desk, a_user, another_clinic, sign_in

QUESTION = "Do you take my insurance, and is there <b>parking</b> at the door? I walk badly, so a short way would help."


def writes(desk: Desk, message: str, email: str = "rosa@example.org", **more: object) -> int:
    said = {"email": email, "first_name": "Rosa", "last_name": "Ruiz", "phone": "(952) 555-0142", "message": message}
    body = orjson.dumps({"type": "consultation.requested", "data": {**said, **more}})
    lead_id = read_post(desk.house.kit, keep(desk, body))
    assert lead_id is not None
    return lead_id


def open_task(desk: Desk, lead_id: int) -> tasks.TaskRow:
    with desk.house.kit.db.read() as conn:
        (task,) = [row for row in tasks.of_lead(conn, lead_id) if row.done_at is None]
    return task


def test_a_question_of_a_sign_up_stands_on_home_with_a_name_and_a_phone(desk: Desk) -> None:
    lead_id = writes(desk, QUESTION)
    home = desk.get("/desk/")
    told = re.search(r"<b>Answer <a[^>]+leads/(\d+)\">Rosa R\.</a>:</b> “([^”]+)”", home)
    assert told is not None
    assert told[1] == str(lead_id)
    assert told[2].startswith("Do you take my insurance, and is there &lt;b&gt;parking")
    assert told[2].endswith("…")
    assert 'href="tel:+19525550142"' in home
    assert "a short way would help" in desk.get(f"/desk/leads/{lead_id}")


def test_done_takes_it_off_home_and_undo_puts_it_back_with_both_on_record(desk: Desk) -> None:
    lead_id = writes(desk, QUESTION)
    task = open_task(desk, lead_id)
    desk.post_form(f"/desk/tasks/{task.id}/done", back="home")
    home = desk.get("/desk/")
    assert "Done: Answer Rosa R." in home
    assert f'action="/desk/tasks/{task.id}/again"' in home
    assert "Do you take" not in home
    assert "/again" not in desk.get("/desk/"), "the way back stands on the next page only"
    lead = desk.get(f"/desk/leads/{lead_id}")
    assert "Waits for somebody here" not in lead
    assert "to answer what they wrote, said Dana Whitfield" in lead
    back = desk.post_form(f"/desk/tasks/{task.id}/again", back="lead")
    assert back.headers["Location"] == f"/desk/leads/{lead_id}"
    assert "Waits for somebody here" in desk.get(f"/desk/leads/{lead_id}")
    assert "Do you take" in desk.get("/desk/")
    with desk.house.kit.db.read() as conn:
        noted = conn.execute(
            sa.select(audit.c.action, audit.c.user_id).where(audit.c.object == str(task.id)).order_by(audit.c.id)
        ).all()
    assert [tuple(row) for row in noted] == [("task done", desk.owner), ("task reopened", desk.owner)]


def test_done_twice_is_done_once(desk: Desk) -> None:
    task = open_task(desk, writes(desk, QUESTION))
    for _ in range(2):
        assert desk.post_form(f"/desk/tasks/{task.id}/done").status_code == 303
    with desk.house.kit.db.read() as conn:
        done = conn.execute(sa.select(event.c.id).where(event.c.kind == "staff-done")).all()
    assert len(done) == 1


def test_the_same_words_wait_once_and_are_asked_anew_after_they_were_answered(desk: Desk) -> None:
    lead_id = writes(desk, QUESTION)
    writes(desk, QUESTION)
    task = open_task(desk, lead_id)
    desk.post_form(f"/desk/tasks/{task.id}/done")
    writes(desk, QUESTION)
    assert open_task(desk, lead_id).id != task.id


def test_whoever_writes_nothing_asks_for_no_answer(desk: Desk) -> None:
    lead_id = writes(desk, "", interest="something odd")
    with desk.house.kit.db.read() as conn:
        assert tasks.of_lead(conn, lead_id) == []


def test_home_shows_the_oldest_first_and_leads_on_to_the_rest(desk: Desk) -> None:
    people = [writes(desk, f"Question number {number}?", f"p{number}@example.org") for number in range(10)]
    for age, lead_id in enumerate(reversed(people)):
        with desk.house.kit.db.write() as conn:
            conn.execute(
                sa.update(tasks.task).where(tasks.task.c.lead_id == lead_id).values(at=desk.clock() - age * DAY)
            )
    short = desk.get("/desk/")
    assert re.findall(r"Question number (\d)", short) == [str(number) for number in range(8)]
    assert "2 more wait" in short
    assert re.findall(r"Question number (\d)", desk.get("/desk/?tasks=all")) == [str(number) for number in range(10)]
    told = re.findall(r"(\d+) things need you", short)
    assert told == re.findall(r"(\d+) things need you", desk.get("/desk/?tasks=all"))


def test_a_call_that_was_noted_ticks_off_the_call_that_was_asked_for(desk: Desk) -> None:
    maria = desk.people["Maria"]
    with desk.house.kit.db.write() as conn:
        ask_staff(
            conn,
            clinic_id=desk.clinic,
            lead_id=maria,
            kind="call",
            text="Asked for a call.",
            now=desk.clock(),
            once="x",
        )
    home = desk.get("/desk/")
    assert home.count("Call <a") == 1, "one line for one person"
    desk.post_form(f"/desk/leads/{maria}/note", how="called", text="Comes on Friday")
    assert "Maria" not in desk.get("/desk/")


def test_nobody_ticks_off_what_another_clinic_asks_for(desk: Desk) -> None:
    task = open_task(desk, writes(desk, QUESTION))
    a_user(desk.house, "eve@moon.example", "Eve", another_clinic(desk.house))
    eve = desk.app.test_client()
    sign_in(eve, "eve@moon.example")
    desk.app.config["WTF_CSRF_ENABLED"] = False
    for way in ("done", "again"):
        assert eve.post(f"/desk/tasks/{task.id}/{way}").status_code == 404
    assert "Rosa" not in eve.get("/desk/").get_data(as_text=True)
    with desk.house.kit.db.read() as conn:
        found = tasks.find(conn, desk.clinic, task.id)
    assert found is not None
    assert found.done_at is None


@pytest.mark.parametrize(
    ("field", "text", "asks"),
    [
        ("Message", "Hello", True),
        ("Anything else we should know?", "No stairs", True),
        ("How long?", "since March", False),
        ("How long?", "since March, is that bad?", True),
        ("Notes", "please ring me after four pm", True),
        ("Interest", "Knee", False),
        ("First name", "www.example.com", False),
    ],
)
def test_free_words_are_told_from_choices(field: str, text: str, asks: bool) -> None:
    assert (question_of([(field, text)]) is not None) is asks


def test_a_long_text_is_cut_at_a_word() -> None:
    assert cut("one two three", 9) == "one two…"
    assert cut("one", 3) == "one"
    assert cut("unbroken", 5) == "unbr…"
