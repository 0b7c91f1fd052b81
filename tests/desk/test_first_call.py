"""The clock from sign-up to the first call, on the lead's page, on Home and in the list behind Home's number."""

from __future__ import annotations

import re

import pytest

from service.domain.first_call import call_clock, median_words
from service.domain.timing import HOUR, MINUTE
from service.storage import first_calls, leads, tasks
from service.storage.reports import calls
from service.usecases.ask_staff import ask_staff
from tests.desk.test_tasks import open_task, writes
from tests.support.desk_data import Desk


def called_at(desk: Desk, lead_id: int) -> int | None:
    with desk.house.kit.db.read() as conn:
        return leads.get(conn, lead_id).called_at


def test_the_lead_waits_within_the_aim_then_past_it_until_somebody_calls(desk: Desk) -> None:
    rosa = writes(desk, "Do you take my insurance?")
    desk.clock.at += 20 * MINUTE
    assert "waiting 20 min for a first call<" in desk.get(f"/desk/leads/{rosa}")
    desk.clock.at += 110 * MINUTE
    assert "waiting 2 h 10 min for a first call, past your aim of 1 h<" in desk.get(f"/desk/leads/{rosa}")
    desk.post_form(f"/desk/leads/{rosa}/note", how="note", text="A note is no call")
    assert called_at(desk, rosa) is None
    desk.post_form(f"/desk/leads/{rosa}/note", how="called", text="")
    first = desk.clock.at
    desk.clock.at += HOUR
    desk.post_form(f"/desk/leads/{rosa}/note", how="called", text="Once more")
    assert called_at(desk, rosa) == first
    assert "first called after 2 h 10 min, past your aim of 1 h<" in desk.get(f"/desk/leads/{rosa}")


def test_home_says_who_waits_past_the_aim_and_its_number_opens_exactly_them(desk: Desk) -> None:
    assert "for a first call" not in desk.get("/desk/")
    rosa = writes(desk, "Do you take my insurance?")
    desk.clock.at += 50 * MINUTE
    writes(desk, "Is there parking?", "ulla@example.org", first_name="Ulla", phone="(952) 555-0143")
    assert "for a first call" not in desk.get("/desk/"), "nobody has waited for an hour yet"
    desk.clock.at += 20 * MINUTE
    home = desk.get("/desk/")
    assert "2 new people wait for a first call" in home
    assert "1 of them for longer than your aim of 1 h, the longest for 1 h 10 min." in home
    listed = desk.get("/desk/leads?deed=uncalled")
    assert "rosa@example.org" in listed
    assert "ulla@example.org" in listed
    assert len(set(re.findall(r'href="/desk/leads/(\d+)"', listed))) == 2
    desk.post_form(f"/desk/leads/{rosa}/note", how="called", text="")
    assert "for a first call" not in desk.get("/desk/"), "Ulla is within the aim"


def test_a_call_ticked_off_starts_and_stops_the_clock_and_taking_the_tick_back_undoes_it(desk: Desk) -> None:
    rosa = writes(desk, "")
    with desk.house.kit.db.write() as conn:
        ask = {"clinic_id": desk.clinic, "lead_id": rosa, "kind": "call", "text": "", "once": "test"}
        ask_staff(conn, now=desk.clock.at, **ask)
    task = open_task(desk, rosa)
    desk.clock.at += HOUR
    desk.post_form(f"/desk/tasks/{task.id}/done", back="home")
    assert called_at(desk, rosa) == desk.clock.at
    desk.post_form(f"/desk/tasks/{task.id}/again", back="home")
    assert called_at(desk, rosa) is None
    desk.post_form(f"/desk/leads/{rosa}/note", how="called", text="")
    assert [row.kind for row in _open(desk, rosa)] == []


def _open(desk: Desk, lead_id: int) -> list[tasks.TaskRow]:
    with desk.house.kit.db.read() as conn:
        return [row for row in tasks.of_lead(conn, lead_id) if row.done_at is None]


def test_the_aim_is_the_clinics_own(desk: Desk) -> None:
    rosa = writes(desk, "")
    desk.clock.at += 2 * HOUR
    wrong = desk.post_form("/desk/settings/clinic", call_within="1")
    assert "Give the minutes, a whole number from 5 to 4320." in wrong.get_data(as_text=True)
    assert desk.post_form("/desk/settings/clinic", call_within="240").status_code == 303
    assert 'name="call_within"' in desk.get("/desk/settings/clinic")
    assert "waiting 2 h for a first call<" in desk.get(f"/desk/leads/{rosa}")


@pytest.mark.parametrize(
    ("called", "took", "late"),
    [(None, 2 * HOUR, True), (HOUR, HOUR, False), (HOUR + 1, HOUR + 1, True), (-5, 0, False)],
)
def test_the_clock_stops_with_the_call(called: int | None, took: int, late: bool) -> None:
    clock = call_clock(0, called, HOUR, 2 * HOUR)
    assert (clock.took, clock.called, clock.late) == (took, called is not None, late)


def test_a_middle_of_few_is_not_told_as_one() -> None:
    assert median_words(7800, 84, 29, HOUR) == "Half of the 84 called were called within 2 h 10 min, 35 % within 1 h"
    assert median_words(7800, 20, 7, HOUR).endswith("2 h 10 min, 7 of 20 within 1 h")
    assert median_words(7800, 3, 1, HOUR) == "3 people were called, too few for a middle: 1 within 1 h"
    assert median_words(None, 0, 0, HOUR).startswith("Nobody was called")


def test_the_report_tells_the_middle_of_the_waits_and_each_number_opens_its_people(desk: Desk) -> None:
    clinic = desk.clinic
    for number, wait in enumerate((10, 40, 50, 130, None)):
        lead_id = writes(desk, "", f"p{number}@example.org", phone=f"(952) 555-020{number}")
        if wait is not None:
            with desk.house.kit.db.write() as conn:
                first_calls.keep(conn, lead_id, desk.clock.at + wait * MINUTE)
    desk.clock.at += HOUR
    with desk.house.kit.db.read() as conn:
        weeks = [desk.clock.at - 2 * HOUR, desk.clock.at]
        whole, week = calls.medians(conn, clinic, weeks[0], weeks[1], weeks, HOUR)
        even, _week = calls.medians(conn, clinic, weeks[0], weeks[1], weeks, 5 * MINUTE)
    assert (whole.week, week.week) == (None, 0)
    assert (whole.median, whole.called, whole.within) == (45 * MINUTE, 4, 3)
    assert even.within == 0
    page = desk.get("/desk/reports/calls?span=90")
    assert "4 people were called, too few for a middle: 3 within 1 h" in page
    found = re.search(r"(\d+) of (\d+) were called within the aim", page)
    assert found is not None
    assert found[1] == "3"
    behind = re.search(r'href="([^"]+row=all[^"]*column=within[^"]*)">3</a>', page)
    assert behind is not None
    listed = desk.get(behind[1].replace("&amp;", "&"))
    assert all(f"p{number}@example.org" in listed for number in (0, 1, 2))
    assert "p3@example.org" not in listed
