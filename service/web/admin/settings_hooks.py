"""Settings: the clinic's own addresses that a step may call, and what they are told."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.hook_call import Done
from service.domain.right import Right
from service.domain.timing import DAY
from service.storage import hooks
from service.usecases.change_hook import NoHook, add_hook, outcome_words, switch_hook_off, try_hook
from service.web.admin.desk import blueprint, here
from service.web.admin.rights import need
from service.web.admin.settings import Given, loads, saved, show

PART = "webhooks"
LATELY = 30  # days that the page counts


@blueprint.post("/settings/webhooks/add")
@need(Right.SETTINGS)
def new_hook() -> ResponseReturnValue:
    given = request.form.to_dict()
    added = add_hook(here().kit, here().user, given)
    if added.faults:
        return show(PART, faults=added.faults, given=given, edited="new"), 422
    return show(PART, revealed=(added.hook_id, added.secret))


@blueprint.post("/settings/webhooks/<int:hook_id>/test")
@need(Right.SETTINGS)
def test_hook(hook_id: int) -> ResponseReturnValue:
    desk = here()
    try:
        outcome = try_hook(desk.kit, desk.user, desk.clinic, hook_id)
    except NoHook:
        abort(404)
    flash(f"Test call: {outcome_words(outcome)}.", "good" if isinstance(outcome, Done) else "stop")
    return redirect(url_for("desk.settings_part", part=PART, _anchor=f"h-{hook_id}"), 303)


@blueprint.post("/settings/webhooks/<int:hook_id>/off")
@need(Right.SETTINGS)
def hook_off(hook_id: int) -> ResponseReturnValue:
    desk = here()
    try:
        row = switch_hook_off(desk.kit, desk.user, desk.clinic, hook_id)
    except NoHook:
        abort(404)
    return saved(PART, f"“{row.name}” is off: nothing is sent there any more.", f"h-{hook_id}")


@loads(PART)
def _hooks(_given: Given) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        rows = hooks.of_clinic(conn, desk.clinic.id)
        counts = hooks.counts(conn, desk.clinic.id, desk.now - LATELY * DAY)
    return {"rows": rows, "counts": counts, "base_url": desk.kit.base_url, "lately": LATELY}
