"""A task that somebody writes on a person's page stands on Home from its day on."""

from __future__ import annotations

import pytest

from service.domain.timing import DAY
from service.domain.words import date_key
from service.storage import tasks
from tests.support.desk_data import Desk


def ask(desk: Desk, task: str, days: int = 0, **more: str) -> int:
    day = date_key(desk.clock() + days * DAY, "America/Chicago") if days else ""
    path = f"/desk/leads/{desk.people['Alice']}/tasks"
    return desk.post_form(path, **{"task": task, "day": day, "kind": "note", **more}).status_code


def open_tasks(desk: Desk) -> list[tasks.TaskRow]:
    with desk.house.kit.db.read() as conn:
        return [row for row in tasks.of_lead(conn, desk.people["Alice"]) if row.done_at is None]


def test_it_waits_on_their_page_comes_to_home_on_its_day_and_goes_when_it_is_done(desk: Desk) -> None:
    assert ask(desk, "Send the parking map", 3) == 303
    assert ask(desk, "Send the parking map", 3) == 303
    (task,) = open_tasks(desk)
    assert "On Home from" in desk.get(f"/desk/leads/{desk.people['Alice']}")
    assert "parking map" not in desk.get("/desk/")
    desk.clock.at += 3 * DAY
    assert "parking map" in desk.get("/desk/")
    desk.post_form(f"/desk/tasks/{task.id}/done", back="lead")
    assert "parking map" not in desk.get("/desk/")


def test_without_a_day_it_is_for_today_and_a_call_needs_no_words(desk: Desk) -> None:
    assert ask(desk, "", kind="call") == 303
    assert [task.kind for task in open_tasks(desk)] == ["call"]


@pytest.mark.parametrize(
    ("given", "mend"),
    [
        ({"day": "2001-01-01"}, "Choose today or a later day"),
        ({"day": "soon"}, "later day"),
        ({"task": " "}, "Write what"),
    ],
)
def test_what_cannot_be_kept_says_why_and_keeps_what_was_typed(desk: Desk, given: dict[str, str], mend: str) -> None:
    path = f"/desk/leads/{desk.people['Alice']}/tasks"
    answer = desk.post_form(path, **{"task": "Write to them", "kind": "note", **given})
    assert answer.status_code == 422
    assert mend in answer.get_data(as_text=True)
    assert not open_tasks(desk)
