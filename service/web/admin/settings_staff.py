"""Settings: who treats, when they work, and when they or the clinic are away."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.domain.hours_text import hours_text, week_text
from service.domain.right import Right
from service.domain.timing import DAY, WEEKDAYS
from service.storage import practitioners, staff
from service.usecases.change_staff import change_practitioner, close_days, open_days
from service.web.admin.desk import blueprint, here
from service.web.admin.rights import need
from service.web.admin.settings import Given, listing, loads, saved, show

PART = "practitioners"
AHEAD = 800 * DAY
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FIELDS = {
    "name": "the name",
    "title": "the title",
    "active": "whether they see patients",
    "signs": "who signs the mails",
    "hours": "the hours",
}


@blueprint.post("/settings/practitioners/save")
@need(Right.SETTINGS)
def save_practitioner() -> ResponseReturnValue:
    given = request.form.to_dict()
    who = request.form.get("id", type=int)
    if who is None and "id" in given:
        abort(404)
    change = change_practitioner(here().kit, here().user, who, given)
    if change.faults:
        return show(PART, faults=change.faults, given=given, edited=who or "new"), 422
    name = given["name"].strip()
    if who is None:
        said = f"Added: {name}."
    elif change.fields:
        said = f"Saved for {name}: {listing([FIELDS[field] for field in change.fields])}."
    else:
        said = f"Nothing was different for {name}, so nothing was changed."
    return saved(PART, f"{said}{_left(change.standing)}", f"p-{change.practitioner_id}")


@blueprint.post("/settings/practitioners/close")
@need(Right.SETTINGS)
def close() -> ResponseReturnValue:
    given = request.form.to_dict()
    change = close_days(here().kit, here().user, here().clinic, given)
    if change.faults:
        return show(PART, faults=change.faults, given=given, edited="closure"), 422
    reason = given["words"].strip()
    said = f"Away, {reason}" if change.practitioner_id else f"Closed, {reason}"
    return saved(PART, f"Saved: {said}. No time is offered then.{_left(change.standing)}", "away")


@blueprint.post("/settings/practitioners/open")
@need(Right.SETTINGS)
def reopen() -> ResponseReturnValue:
    if open_days(here().kit, here().user, request.form.get("id", 0, type=int)):
        return saved(PART, "Open again: times on these days are offered from now on.", "away")
    flash("There was nothing to open: it had been taken back already.", "stop")
    return redirect(url_for("desk.settings_part", part=PART), 303)


def _left(standing: int) -> str:
    """What stands in the way, and that nobody was told."""
    if not standing:
        return ""
    stand = words.count(standing, "visit stays", "visits stay")
    return f" {stand} booked there: nobody was told, so please call and cancel under Appointments."


@loads(PART)
def _staff(_given: Given) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        rows = staff.everyone(conn, desk.clinic.id)
        spans = staff.hours_of(conn, desk.clinic.id)
        types = practitioners.visit_types(conn, [desk.clinic.id])[desk.clinic.id]
        closed = practitioners.absences(conn, [desk.clinic.id], desk.now, desk.now + AHEAD)[desk.clinic.id]
    weeks = {row.id: {at: spans.get((row.id, at), []) for at in range(7)} for row in rows}
    return {
        "rows": rows,
        "weeks": {key: week_text(days) for key, days in weeks.items()},
        "hours": {key: {name: hours_text(days[at]) for at, name in enumerate(WEEKDAYS)} for key, days in weeks.items()},
        "days": list(zip(WEEKDAYS, DAY_NAMES, strict=True)),
        "types": types,
        "closed": closed,
        "names": {row.id: row.name for row in rows},
    }
