"""Settings: the kinds of visit, on the page of those who treat."""

from __future__ import annotations

from flask import abort, request
from flask.typing import ResponseReturnValue

from service.domain.right import Right
from service.usecases.change_visit_type import NoVisitType, change_visit_type
from service.web.admin.desk import blueprint, here
from service.web.admin.rights import need
from service.web.admin.settings import listing, saved, show
from service.web.admin.settings_staff import PART

FIELDS = {"name": "the name", "minutes": "how long it takes", "buffer_minutes": "the time kept free behind it"}


@blueprint.post("/settings/practitioners/visits/<int:type_id>")
@need(Right.SETTINGS)
def save_visit_type(type_id: int) -> ResponseReturnValue:
    given = request.form.to_dict()
    try:
        change = change_visit_type(here().kit, here().user, type_id, given)
    except NoVisitType:
        abort(404)
    if change.faults:
        return show(PART, faults=change.faults, given=given, edited=f"visit-{type_id}"), 422
    if not change.fields:
        return saved(PART, "Nothing was different, so nothing was changed.", "visits")
    what = listing([FIELDS[name] for name in change.fields])
    return saved(PART, f"Saved: {what}. Visits that are booked keep their times.", "visits")
