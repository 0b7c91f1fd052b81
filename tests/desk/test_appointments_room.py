"""Appointments: the week as it was and will be, who came, and what a cancellation mails."""

from __future__ import annotations

import html
import re
from datetime import date

import sqlalchemy as sa

from service.domain.appointment import AppointmentState
from service.domain.timing import DAY, HOUR, day_start, local_day
from service.storage import appointments, clinics, practitioners, suppressions, users, week
from service.storage.tables import audit
from service.usecases.campaign_states import pause_campaign
from service.usecases.change_staff import change_practitioner
from service.usecases.mark_visit import mark_visit
from service.usecases.show_week import Week, show_week
from tests.support.desk_data import Desk, sign_in

ZONE = "America/Chicago"


def seen(desk: Desk, at: int | None = None) -> Week:
    day = local_day(at or desk.clock(), ZONE)
    with desk.house.kit.db.read() as conn:
        clinic = clinics.get(conn, desk.clinic)
    return show_week(desk.house.kit, clinic, day - (day - 1) % 7, desk.clock())


def away(desk: Desk, who: str | None, since: int, until: int, words: str) -> None:
    with desk.house.kit.db.write() as conn:
        key = desk.house.staff[who] if who else None
        practitioners.add_absence(conn, desk.clinic, key, starts_at=since, ends_at=until, words=words)


def visit_day(desk: Desk) -> int:
    with desk.house.kit.db.read() as conn:
        return local_day(appointments.get(conn, desk.visit).starts_at, ZONE)


def test_the_week_shows_visits_open_times_and_who_is_not_in(desk: Desk) -> None:
    with desk.house.kit.db.read() as conn:
        visit = appointments.get(conn, desk.visit)
    shown = seen(desk, visit.starts_at)
    cell = shown.cells[visit.practitioner_id, local_day(visit.starts_at, ZONE)]
    assert [(line.id, line.name) for line in cell.visits] == [(desk.visit, "Erik")]
    assert shown.standing == 1
    saturday = shown.days[5].number
    assert shown.cells[desk.house.staff["Hannah"], saturday].off == "Not in"
    assert shown.cells[desk.house.staff["Joel"], saturday].free > 0
    page = desk.get(f"/desk/appointments?day={date.fromordinal(saturday).isoformat()}")
    assert f'href="/desk/leads/{desk.people["Erik"]}">Erik<' in page
    assert re.search(r"1 visit, \d+ open times", page)


def test_a_closure_and_a_leave_are_shown_after_they_passed_too(desk: Desk) -> None:
    day = local_day(desk.clock(), ZONE) + 8
    noon = day_start(day, ZONE) + 12 * HOUR
    away(desk, None, day_start(day + 1, ZONE), day_start(day + 2, ZONE), "Fair <day>")
    away(desk, "Hannah", day_start(day, ZONE), day_start(day + 1, ZONE), "Leave")
    away(desk, "Lena", noon - 2 * HOUR, noon, "Course")
    for _ in ("before", "after"):
        shown = seen(desk, noon)
        assert shown.cells[desk.house.staff["Hannah"], day].off == "Away, Leave"
        assert shown.cells[desk.house.staff["Lena"], day].partly == ["Away 10:00–12:00, Course"]
        assert shown.cells[desk.house.staff["Lena"], day + 1].off == "Closed, Fair <day>"
        assert "Closed, Fair &lt;day&gt;" in desk.get(f"/desk/appointments?day={date.fromordinal(day).isoformat()}")
        desk.clock.advance(days=14)
        desk.client.post("/desk/sign-out", data={"csrf_token": desk.token()})
        sign_in(desk.client)


def test_an_empty_week_says_what_to_do(desk: Desk) -> None:
    day = date.fromordinal(visit_day(desk) + 14).isoformat()
    page = desk.get(f"/desk/appointments?day={day}")
    assert "Nobody has a visit in this week yet" in page
    assert "mails offer them by themselves" in page
    far = desk.get("/desk/appointments?day=2027-09-01")
    assert "no time is open for one" in far
    assert "Nobody had a visit in this week" in desk.get("/desk/appointments?day=2025-09-01")


def test_an_odd_day_opens_the_present_week(desk: Desk) -> None:
    today = date.fromordinal(local_day(desk.clock(), ZONE)).isoformat()
    for odd in ("", "tomorrow", "0001-01-01", "9999-12-31", "2026-02-30"):
        assert f'id="day-{today}"' in desk.get(f"/desk/appointments?day={odd}"), odd


def test_a_visit_is_marked_only_once_it_has_begun_and_it_is_written_down_who_did(desk: Desk) -> None:
    path = f"/desk/appointments?day={date.fromordinal(visit_day(desk)).isoformat()}"
    assert "/came" not in desk.get(path)
    with desk.house.kit.db.read() as conn:
        visit = appointments.get(conn, desk.visit)
    desk.clock.at = visit.starts_at + 60
    sign_in(desk.client)
    page = desk.get(path)
    assert ">now<" in page
    assert f"/desk/appointments/{visit.id}/came" in page
    for _ in range(2):
        back = desk.post_form(f"/desk/appointments/{visit.id}/came", came="no")
    assert back.headers["Location"].endswith(f"#day-{date.fromordinal(visit_day(desk)).isoformat()}")
    assert "did not come" in desk.get(path)
    with desk.house.kit.db.read() as conn:
        marks = conn.execute(sa.select(audit.c.user_id).where(audit.c.action == "visit marked no-show")).scalars().all()
    assert marks == [desk.owner]


def test_a_visit_that_passed_unmarked_is_asked_for(desk: Desk) -> None:
    with desk.house.kit.db.read() as conn:
        visit = appointments.get(conn, desk.visit)
    desk.clock.at = visit.ends_at + HOUR
    assert seen(desk).to_mark == 1
    mark_visit(desk.house.kit, visit.id, AppointmentState.ATTENDED)
    assert seen(desk).to_mark == 0


def test_a_cancellation_is_told_before_it_is_done(desk: Desk) -> None:
    page = html.unescape(desk.get(f"/desk/appointments/{desk.visit}/cancel"))
    assert "One mail to Erik goes out at once" in page
    assert "out of their calendar" in page
    pause_campaign(desk.house.kit, desk.clinic, desk.campaign("cancelled"), desk.owner)
    assert "once it goes on (its campaign is paused)" in desk.get(f"/desk/appointments/{desk.visit}/cancel")


def test_whoever_no_mail_reaches_is_to_be_called(desk: Desk) -> None:
    with desk.house.kit.db.write() as conn:
        suppressions.suppress(conn, None, "erik@example.org", "hard-bounce", desk.clock())
    page = html.unescape(desk.get(f"/desk/appointments/{desk.visit}/cancel"))
    assert "No mail can tell Erik" in page
    assert "Please call them" in page
    desk.post_form(f"/desk/appointments/{desk.visit}/cancel")
    assert "Cancelled. No mail can tell Erik" in desk.get("/desk/appointments")


def test_what_is_over_or_cancelled_is_not_cancelled_again(desk: Desk) -> None:
    desk.post_form(f"/desk/appointments/{desk.visit}/cancel")
    twice = desk.client.get(f"/desk/appointments/{desk.visit}/cancel")
    assert twice.status_code == 303
    assert "cancelled already" in desk.get("/desk/appointments")
    desk.post_form(f"/desk/appointments/{desk.visit}/cancel")
    assert "Nothing more was sent" in desk.get("/desk/appointments")
    with desk.house.kit.db.read() as conn:
        noted = conn.execute(sa.select(audit.c.id).where(audit.c.action == "visit cancelled")).all()
    assert len(noted) == 1


def test_a_visit_of_someone_who_left_stays_in_the_week(desk: Desk) -> None:
    kit = desk.house.kit
    with kit.db.read() as conn:
        visit = appointments.get(conn, desk.visit)
        who = practitioners.get(conn, visit.practitioner_id)
        owner = users.find(conn, desk.owner)
        standing = week.standing(conn, desk.clinic, desk.clock(), practitioner_id=who.id)
    assert owner is not None
    assert standing == 1
    change = change_practitioner(kit, owner, who.id, {"name": who.name, "title": who.title})
    assert change.standing == 1
    shown = seen(desk, visit.starts_at)
    assert shown.cells[who.id, visit_day(desk)].visits[0].id == visit.id
    assert seen(desk, visit.starts_at + 7 * DAY).staff == [row for row in shown.staff if row.id != who.id]
