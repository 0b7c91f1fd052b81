"""The brake of the series: why they stand still, who waits, and how they go on."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.domain.right import Right
from service.storage import clinics
from service.usecases.release_held import HOWS
from service.usecases.resume_series import resume_series, stop_series
from service.usecases.show_brake import show_brake
from service.web.admin.desk import blueprint, here, page, say
from service.web.admin.rights import need

TOLD = {
    "send": "Each goes within the hours for mails, as every mail does.",
    "reschedule": "They go one after the other, spread over the hours for mails.",
    "skip": "These mails are skipped; the series go on with the next step.",
}


@blueprint.get("/brake")
def brake() -> ResponseReturnValue:
    desk = here()
    with desk.kit.db.read() as conn:
        clinic = clinics.get(conn, desk.clinic.id)
    return page("brake", room="home", shown=show_brake(desk.kit, clinic, desk.now))


@blueprint.post("/brake/on")
@need(Right.STOP)
def brake_on() -> ResponseReturnValue:
    desk = here()
    if stop_series(desk.kit, desk.clinic.id, desk.user.id, request.form.get("why", "")):
        say("The series stand still. Confirmations and visit mails go on.", url_for("desk.brake_off"))
    else:
        flash("They stood still already; the first reason stands.", "good")
    return redirect(url_for("desk.brake"), 303)


@blueprint.post("/brake/off")
@need(Right.STOP)
def brake_off() -> ResponseReturnValue:
    desk = here()
    chosen = request.form.get("how", "send")
    how = next((each for each in HOWS if each == chosen), None) or abort(400)
    held = resume_series(desk.kit, desk.clinic.id, desk.user.id, how)
    if held is None:
        flash("The series were going on already.", "good")
    elif held:
        say(f"The series go on. {words.count(held, 'mail')} had waited. {TOLD[how]}", url_for("desk.brake_on"))
    else:
        say("The series go on. Nobody had waited.", url_for("desk.brake_on"))
    return redirect(url_for("desk.brake"), 303)
