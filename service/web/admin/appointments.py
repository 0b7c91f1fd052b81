"""Appointments: a week by practitioner and day, who came, and cancelling."""

from __future__ import annotations

from datetime import date

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.domain.appointment import Appointment, AppointmentState
from service.domain.right import Right
from service.domain.timing import local_day
from service.storage import appointments, audits
from service.usecases.cancel_visit import Cancelled, cancel_visit
from service.usecases.mark_visit import Came, NotYet, mark_visit
from service.usecases.show_cancelling import Cancelling, show_cancelling
from service.usecases.show_week import show_week
from service.web.admin.desk import blueprint, here, page
from service.web.admin.rights import need

SUNDAY = 0  # of an ordinal, modulo 7
FAR = 4_000  # days


@blueprint.get("/appointments", endpoint="appointments")
def week() -> ResponseReturnValue:
    desk = here()
    today = local_day(desk.now, desk.zone)
    begins = today + 1 if today % 7 == SUNDAY else today  # on a Sunday the week that begins is the one to see
    day = _day(request.args.get("day", ""), today, begins)
    monday = day - (day - 1) % 7
    return page(
        "appointments",
        room="appointments",
        week=show_week(desk.kit, desk.clinic, monday, desk.now),
        today=today,
        before=_link(monday - 7),
        after=_link(monday + 7),
        present=url_for("desk.appointments", _anchor=f"day-{_iso(begins)}"),
        is_present=monday <= begins <= monday + 6,
        iso_day=_iso,
    )


@blueprint.post("/appointments/<int:appointment_id>/came")
@need(Right.CALL)
def came(appointment_id: int) -> ResponseReturnValue:
    desk, visit = here(), _of_clinic(appointment_id)
    state: Came = AppointmentState.ATTENDED if request.form.get("came") == "yes" else AppointmentState.NO_SHOW
    try:
        marked = mark_visit(desk.kit, visit.id, state)
    except NotYet:
        flash("Nothing was noted: the visit has not begun, or it was cancelled.", "stop")
        return _back(visit)
    if marked.state is not visit.state:
        with desk.kit.db.write() as conn:
            audits.record(conn, desk.clinic.id, desk.user.id, desk.now, f"visit marked {state}", str(visit.id), {})
    flash("Noted: they came." if state is AppointmentState.ATTENDED else "Noted: they did not come.", "good")
    return _back(visit)


@blueprint.get("/appointments/<int:appointment_id>/cancel")
@need(Right.BOOK)
def ask_cancel(appointment_id: int) -> ResponseReturnValue:
    desk, visit = here(), _of_clinic(appointment_id)
    if not visit.stands(desk.now):
        flash("There is nothing to cancel: the visit has begun, or it was cancelled already.", "stop")
        return _back(visit)
    told = show_cancelling(desk.kit, desk.clinic, visit)
    when = f"{words.day(visit.starts_at, desk.zone)} {words.clock(visit.starts_at, desk.zone)}"
    return page(
        "confirm",
        room="appointments",
        title=f"Cancel the visit of {told.name}, {when}?",
        lines=("The time is free again at once, on the booking page and in mails.", *_mailed(told)),
        action=url_for("desk.cancel", appointment_id=visit.id),
        button="Cancel the visit",
        danger=True,
        keep="Keep the visit",
        back=_link(local_day(visit.starts_at, desk.zone), anchor=True),
    )


@blueprint.post("/appointments/<int:appointment_id>/cancel")
@need(Right.BOOK)
def cancel(appointment_id: int) -> ResponseReturnValue:
    desk, visit = here(), _of_clinic(appointment_id)
    told = show_cancelling(desk.kit, desk.clinic, visit)
    done = cancel_visit(desk.kit, visit.id, by="clinic")
    if not isinstance(done, Cancelled):
        flash("Nothing was cancelled: the visit has begun already.", "stop")
    elif done.again:
        flash("It had been cancelled before. Nothing more was sent.", "good")
    else:
        with desk.kit.db.write() as conn:
            audits.record(conn, desk.clinic.id, desk.user.id, desk.now, "visit cancelled", str(visit.id), {})
        flash(f"Cancelled. {_mailed(told)[0]}", "good")
    return _back(visit)


def _mailed(told: Cancelling) -> tuple[str, ...]:
    """What goes out, the most important line first."""
    if told.unreachable:
        number = f" at {words.phone(told.lead.phone)}" if told.lead.phone else ""
        return (f"No mail can tell {told.name}: {told.unreachable}. Please call them{number}.",)
    if not told.subject:
        return (f"No campaign tells of a cancellation, so no mail goes out. Please call {told.name}.",)
    goes = f"once it goes on ({told.waits})" if told.waits else "at once"
    return (
        f"One mail to {told.name} goes out {goes}: “{told.subject}”. It takes the visit out of their calendar.",
        "The visit’s other mails stop. Whoever agreed to mails is offered a new time some days later.",
    )


def _of_clinic(appointment_id: int) -> Appointment:
    with here().kit.db.read() as conn:
        visit = appointments.find(conn, appointment_id)
    if visit is None or visit.clinic_id != here().clinic.id:
        abort(404)
    return visit


def _back(visit: Appointment) -> ResponseReturnValue:
    return redirect(_link(local_day(visit.starts_at, here().zone), anchor=True), 303)


def _link(day: int, *, anchor: bool = False) -> str:
    """The week that holds the day; with `anchor` a phone's list opens at it."""
    return url_for("desk.appointments", day=_iso(day), _anchor=f"day-{_iso(day)}" if anchor else None)


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat()


def _day(text: str, today: int, otherwise: int) -> int:
    try:
        day = date.fromisoformat(text).toordinal()
    except ValueError:
        return otherwise
    return day if abs(day - today) < FAR else otherwise
