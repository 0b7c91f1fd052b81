"""The guided set-up: a page a step. Each saves by the settings' own use case, and can be left for later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from limits import parse

from service.domain.right import Right
from service.domain.set_up import KEYS, STEPS, Progress
from service.domain.timing import WEEKDAYS
from service.storage import practitioners
from service.usecases.change_clinic import change_clinic
from service.usecases.change_source import NoSource, reveal_secret
from service.usecases.change_staff import change_practitioner
from service.usecases.check_way import check_way
from service.usecases.send_test import send_test
from service.usecases.set_up import choose_series, progress_of, put_away, step_done, step_later
from service.web import demo
from service.web.admin.desk import blueprint, here, page
from service.web.admin.rights import need
from service.web.admin.set_up_steps import CLINIC, SENDER, loader
from service.web.limits import limiter

TESTS = parse("20/hour")


@blueprint.get("/set-up", endpoint="set_up")
@need(Right.SETTINGS)
def begin_or_go_on() -> ResponseReturnValue:
    """Where one left off."""
    found = _progress()
    step = found.next
    return redirect(url_for("desk.set_up_step", step=step.key if step else "end"), 303)


@blueprint.get("/set-up/<step>")
@need(Right.SETTINGS)
def set_up_step(step: str) -> ResponseReturnValue:
    if step == "end":
        return page("set-up-end", room="home", steps=STEPS, progress=_progress(), at=None)
    return _show(step)


@blueprint.post("/set-up/clinic")
@need(Right.SETTINGS)
def set_up_clinic() -> ResponseReturnValue:
    return _change_clinic("clinic", CLINIC)


@blueprint.post("/set-up/sender")
@need(Right.SETTINGS)
def set_up_sender() -> ResponseReturnValue:
    return _change_clinic("sender", SENDER)


@blueprint.post("/set-up/sender/check")
@need(Right.SETTINGS)
def check_sender() -> ResponseReturnValue:
    desk = here()
    check_way(desk.kit, current_app.extensions[demo.PROVIDER], desk.clinic)
    return redirect(url_for("desk.set_up_step", step="sender", _anchor="found"), 303)


@blueprint.post("/set-up/hours")
@need(Right.SETTINGS)
def set_up_hours() -> ResponseReturnValue:
    desk, given = here(), request.form.to_dict()
    with desk.kit.db.read() as conn:
        signs = practitioners.signing(conn, desk.clinic.id)
    change = change_practitioner(desk.kit, desk.user, signs.id if signs else None, {**given, "active": "yes"})
    if change.faults:
        return _show("hours", faults=change.faults, given=given), 422
    if not any(given.get(day, "").strip() for day in WEEKDAYS):
        nothing = {"mon": "Give the hours of one day at least, such as 9-12, 13:30-17."}
        return _show("hours", faults=nothing, given=given), 422
    return _onward("hours", step_done(desk.kit, desk.user, "hours"))


@blueprint.post("/set-up/form")
@need(Right.SETTINGS)
def set_up_form() -> ResponseReturnValue:
    return _onward("form", step_done(here().kit, here().user, "form"))


@blueprint.post("/set-up/form/<int:source_id>/secret")
@need(Right.SETTINGS)
def set_up_secret(source_id: int) -> ResponseReturnValue:
    desk = here()
    try:
        return _show("form", revealed=(source_id, reveal_secret(desk.kit, desk.user, desk.clinic, source_id)))
    except NoSource:
        abort(404)


@blueprint.post("/set-up/campaign")
@need(Right.SETTINGS)
def set_up_campaign() -> ResponseReturnValue:
    desk = here()
    after = choose_series(desk.kit, desk.user, request.form.get("series", ""))
    if after is None:
        return _show("campaign", faults={"series": "Choose one of the list."}), 422
    return _onward("campaign", after)


@blueprint.post("/set-up/test")
@need(Right.SETTINGS)
def set_up_test() -> ResponseReturnValue:
    desk = here()
    if not limiter.limiter.hit(TESTS, "test-mail", str(desk.user.id)):
        flash("Twenty tests in an hour are enough: the next one leaves in an hour.", "stop")
        return redirect(url_for("desk.set_up_step", step="test"), 303)
    provider = current_app.extensions[demo.PROVIDER]
    tested = send_test(desk.kit, provider, desk.clinic, desk.user, request.form.get("series", ""))
    if tested.well:
        step_done(desk.kit, desk.user, "test")
    flash(tested.said, "good" if tested.well else "stop")
    return redirect(url_for("desk.set_up_step", step="test"), 303)


@blueprint.post("/set-up/later")
@need(Right.SETTINGS)
def leave_for_later() -> ResponseReturnValue:
    step = request.form.get("step", "")
    if step not in KEYS:
        abort(404)
    return _onward(step, step_later(here().kit, here().user, step))


@blueprint.post("/set-up/over")
@need(Right.SETTINGS)
def put_set_up_away() -> ResponseReturnValue:
    put_away(here().kit, here().user)
    flash("Put away. The set-up stays under Settings.", "good")
    return redirect(url_for("desk.home"), 303)


def _progress() -> Progress:
    return progress_of(here().kit, here().clinic.id) or Progress()


def _change_clinic(step: str, names: tuple[str, ...]) -> ResponseReturnValue:
    desk = here()
    given = {name: request.form.get(name, "") for name in names}
    change = change_clinic(desk.kit, desk.user, given)
    if change.faults:
        return _show(step, faults=change.faults, given=given), 422
    return _onward(step, step_done(desk.kit, desk.user, step))


def _onward(step: str, found: Progress) -> ResponseReturnValue:
    """To the next step; from the last open one back to the overview."""
    following = found.after(step)
    key = "end" if following is None or following.key == step else following.key
    return redirect(url_for("desk.set_up_step", step=key), 303)


def _show(step: str, **told: Any) -> str:
    if step not in KEYS:
        abort(404)
    found = _progress()
    given: Mapping[str, str] = told.get("given", {})
    values = loader(step)(found, given)
    shown = {"faults": {}, "revealed": None, **told, **values}
    at = STEPS[KEYS.index(step)]
    return page(f"set-up-{step}", room="home", steps=STEPS, progress=found, at=at, **shown)
