"""Appointments: a week by practitioner and day, who came, and cancelling."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.domain.appointment import Appointment, AppointmentState
from service.domain.timing import day_start, local_day
from service.storage import appointments, audits, leads, practitioners
from service.storage.leads import LeadRow
from service.storage.practitioners import PractitionerRow
from service.usecases.cancel_visit import Cancelled, cancel_visit
from service.usecases.mark_visit import Came, NotYet, mark_visit
from service.usecases.open_slots import closed_words, diary
from service.web.admin.desk import Here, blueprint, here, page

SUNDAY = 0  # of an ordinal, modulo 7


@dataclass(slots=True)
class Cell:
    """A practitioner's day: the visits, how many open slots are left, and whether they work at all."""

    visits: list[Appointment] = field(default_factory=list)
    free: int = 0
    off: str = ""


@dataclass(slots=True)
class Week:
    monday: int
    days: list[int]
    staff: list[PractitionerRow]
    cells: dict[tuple[int, int], Cell]
    people: dict[int, LeadRow]


@blueprint.get("/appointments", endpoint="appointments")
def week() -> ResponseReturnValue:
    desk = here()
    today = local_day(desk.now, desk.zone)
    day = _day(request.args.get("day", ""), today)
    monday = day - (day - 1) % 7
    shown = _week(desk, monday)
    visits = [visit for cell in shown.cells.values() for visit in cell.visits]
    return page(
        "appointments",
        room="appointments",
        week=shown,
        today=today,
        starts={day: day_start(day, desk.zone) for day in shown.days},
        before=_link(monday - 7),
        after=_link(monday + 7),
        standing=sum(visit.state is not AppointmentState.CANCELLED for visit in visits),
        to_mark=sum(visit.state is AppointmentState.BOOKED and visit.starts_at <= desk.now for visit in visits),
    )


@blueprint.post("/appointments/<int:appointment_id>/came")
def came(appointment_id: int) -> ResponseReturnValue:
    visit = _of_clinic(appointment_id)
    attended = request.form.get("came") == "yes"
    state: Came = AppointmentState.ATTENDED if attended else AppointmentState.NO_SHOW
    try:
        mark_visit(here().kit, visit.id, state)
        flash("Noted: they came." if attended else "Noted: they did not come. A kind mail offers new times.", "good")
    except NotYet:
        flash("Nothing was noted: the visit has not begun, or it was cancelled.", "stop")
    return _back(visit)


@blueprint.get("/appointments/<int:appointment_id>/cancel")
def ask_cancel(appointment_id: int) -> ResponseReturnValue:
    desk, visit = here(), _of_clinic(appointment_id)
    with desk.kit.db.read() as conn:
        who = leads.get(conn, visit.lead_id)
    name = " ".join(part for part in (who.first_name, who.last_name) if part) or who.email or "this visit"
    when = f"{words.day(visit.starts_at, desk.zone)} {words.clock(visit.starts_at, desk.zone)}"
    return page(
        "confirm",
        room="appointments",
        title=f"Cancel the visit of {name}, {when}?",
        lines=(
            "The time is free again at once, for mails and for the booking page.",
            "One mail tells them that the clinic cancelled, and offers another time. The visit’s other mails stop.",
        ),
        action=url_for("desk.cancel", appointment_id=visit.id),
        button="Cancel the visit",
        danger=True,
        keep="Keep the visit",
        back=_link(local_day(visit.starts_at, desk.zone)),
    )


@blueprint.post("/appointments/<int:appointment_id>/cancel")
def cancel(appointment_id: int) -> ResponseReturnValue:
    desk, visit = here(), _of_clinic(appointment_id)
    done = cancel_visit(desk.kit, visit.id, by="clinic")
    if isinstance(done, Cancelled):
        with desk.kit.db.write() as conn:
            audits.record(conn, desk.clinic.id, desk.user.id, desk.now, "visit cancelled", str(visit.id), {})
        flash("Cancelled. One mail tells them.", "good")
    else:
        flash("Nothing was cancelled: the visit has begun already.", "stop")
    return _back(visit)


def _week(desk: Here, monday: int) -> Week:
    days = list(range(monday, monday + 7))
    with desk.kit.db.read() as conn:
        visits = appointments.between(
            conn, desk.clinic.id, day_start(monday, desk.zone), day_start(monday + 7, desk.zone)
        )
        found = diary(conn, desk.clinic, desk.now)
        staff = practitioners.active(conn, [desk.clinic.id])
        gone = {visit.practitioner_id for visit in visits} - {row.id for row in staff}
        if gone:
            staff += [row for key, row in practitioners.by_id(conn).items() if key in gone]
        people = leads.by_ids(conn, {visit.lead_id for visit in visits})
    cells = {(row.id, day): Cell() for row in staff for day in days}
    for visit in visits:
        cells[visit.practitioner_id, local_day(visit.starts_at, desk.zone)].visits.append(visit)
    if found is not None:
        for slot in found.slots(desk.now, from_day=monday, to_day=monday + 6):
            cells[slot.practitioner_id, local_day(slot.starts_at, desk.zone)].free += 1
        works = {(each.practitioner_id, each.weekday) for each in found.hours}
        for (who, day), cell in cells.items():
            closed = closed_words(found, day)
            if closed and closed != "closed":
                cell.off = f"Closed, {closed}"
            elif (who, (day - 1) % 7) not in works:
                cell.off = "Not in"
    if not any(visit for (_who, day), cell in cells.items() if day == days[6] for visit in cell.visits) and all(
        cell.off == "Not in" for (_who, day), cell in cells.items() if day == days[6]
    ):
        days = days[:6]
    return Week(monday, days, staff, cells, people)


def _of_clinic(appointment_id: int) -> Appointment:
    with here().kit.db.read() as conn:
        visit = appointments.find(conn, appointment_id)
    if visit is None or visit.clinic_id != here().clinic.id:
        abort(404)
    return visit


def _back(visit: Appointment) -> ResponseReturnValue:
    return redirect(_link(local_day(visit.starts_at, here().zone)), 303)


def _link(day: int) -> str:
    return url_for("desk.appointments", day=date.fromordinal(day).isoformat())


def _day(text: str, today: int) -> int:
    try:
        day = date.fromisoformat(text).toordinal()
    except ValueError:
        day = 0
    if abs(day - today) < 4_000:
        return day
    return today + 1 if today % 7 == SUNDAY else today  # on a Sunday the week that begins is the one to see
