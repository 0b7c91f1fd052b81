"""Settings: when nothing is sent: public holidays, days on which the clinic is closed, quiet hours."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.right import Right
from service.domain.timing import DAY
from service.storage import clinics, practitioners
from service.usecases.change_clinic import change_clinic
from service.usecases.change_holidays import work_on
from service.usecases.change_staff import close_days, open_days
from service.usecases.show_holidays import countries, next_holidays
from service.web.admin.desk import blueprint, here
from service.web.admin.rights import need
from service.web.admin.settings import Given, listing, loads, saved, show

PART = "days"
AHEAD = 800 * DAY
FIELDS = {
    "country": "the country",
    "region": "the region",
    "keeps_holidays": "whether public holidays are kept",
    "quiet_from": "when the quiet hours begin",
    "quiet_to": "when the quiet hours end",
}


@blueprint.post("/settings/days")
@need(Right.SETTINGS)
def save_days() -> ResponseReturnValue:
    given = {name: request.form.get(name, "") for name in FIELDS}
    given["keeps_holidays"] = "yes" if given["keeps_holidays"] == "yes" else "no"
    change = change_clinic(here().kit, here().user, given)
    if change.faults:
        return show(PART, faults=change.faults, given=given, edited="days"), 422
    if not change.fields:
        return saved(PART, "Nothing was different, so nothing was changed.")
    return saved(PART, f"Saved: {listing([FIELDS[name] for name in change.fields])}. It holds from the next mail on.")


@blueprint.post("/settings/days/holiday")
@need(Right.SETTINGS)
def change_holiday() -> ResponseReturnValue:
    name, works = request.form.get("name", ""), request.form.get("works") == "yes"
    if not work_on(here().kit, here().user, name, works=works):
        flash("Nothing was changed: this country and region have no holiday of that name.", "stop")
        return redirect(url_for("desk.settings_part", part=PART), 303)
    said = "is a day like others now: mails leave on it." if works else "is kept: no mail of a series leaves on it."
    return saved(PART, f"{name} {said}", "holidays")


@blueprint.post("/settings/days/close")
@need(Right.SETTINGS)
def close_clinic() -> ResponseReturnValue:
    given = {**request.form.to_dict(), "who": ""}
    change = close_days(here().kit, here().user, here().clinic, given)
    if change.faults:
        return show(PART, faults=change.faults, given=given, edited="closure"), 422
    stand = f" {change.standing} booked there stay: please call them." if change.standing else ""
    return saved(PART, f"Closed, {given['words'].strip()}: nothing is sent then, and no time offered.{stand}", "closed")


@blueprint.post("/settings/days/open")
@need(Right.SETTINGS)
def open_clinic_again() -> ResponseReturnValue:
    if open_days(here().kit, here().user, request.form.get("id", 0, type=int)):
        return saved(PART, "Open again: mails leave and times are offered on these days.", "closed")
    flash("There was nothing to open: it had been taken back already.", "stop")
    return redirect(url_for("desk.settings_part", part=PART), 303)


@loads(PART)
def _days(given: Given) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        row = clinics.get(conn, desk.clinic.id)
        away = practitioners.absences(conn, [row.id], desk.now, desk.now + AHEAD)[row.id]
    values = {"country": row.country, "region": row.region, "keeps_holidays": "yes" if row.keeps_holidays else "no"}
    values |= {"quiet_from": _hour(row.quiet_from), "quiet_to": _hour(row.quiet_to)}
    return {
        "values": {**values, **{name: given[name] for name in FIELDS if name in given}},
        "countries": countries(),
        "ahead": next_holidays(row, desk.now),
        "kept": row.keeps_holidays,
        "quiet": row.quiet,
        "closed": [each for each in away if each.practitioner_id is None],
    }


def _hour(minutes: int | None) -> str:
    return "" if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"
