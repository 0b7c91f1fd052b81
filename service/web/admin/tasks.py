"""Asking for something to be done, and ticking off what Home and a lead's page ask for."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.domain.right import Right
from service.storage.tasks import TaskRow
from service.usecases.add_task import KINDS, add_task
from service.usecases.finish_task import finish_task, reopen_task
from service.web.admin.desk import blueprint, here, say
from service.web.admin.lead import lead_here, lead_page
from service.web.admin.rights import need


@blueprint.post("/leads/<int:lead_id>/tasks")
@need(Right.CALL)
def ask_task(lead_id: int) -> ResponseReturnValue:
    """Asks for something to be done on a day, or now."""
    row, asked = lead_here(lead_id), request.form
    kind = asked.get("kind", "note")
    if kind not in KINDS:
        abort(400)
    faults = add_task(here().kit, here().user, lead_id, kind, asked.get("task", ""), asked.get("day", ""))
    if faults:
        return lead_page(row, faults=faults, given=asked.to_dict()), 422
    flash("Kept. It stands on Home from that day on, until somebody has done it.", "good")
    return redirect(url_for("desk.lead", lead_id=lead_id, _anchor="tasks"), 303)


@blueprint.post("/tasks/<int:task_id>/done")
@need(Right.CALL)
def task_done(task_id: int) -> ResponseReturnValue:
    task = finish_task(here().kit, here().user, task_id)
    if task is None:
        abort(404)
    say(f"Done: {words.TASK_ACTS[task.kind]} {task.short_name}", url_for("desk.task_again", task_id=task_id))
    return _back(task)


@blueprint.post("/tasks/<int:task_id>/again")
@need(Right.CALL)
def task_again(task_id: int) -> ResponseReturnValue:
    task = reopen_task(here().kit, here().user, task_id)
    if task is None:
        abort(404)
    say(f"It stands on Home again: {words.TASK_ACTS[task.kind]} {task.short_name}")
    return _back(task)


def _back(task: TaskRow) -> ResponseReturnValue:
    """To the page on which it was pressed."""
    if request.form.get("back") == "lead":
        return redirect(url_for("desk.lead", lead_id=task.lead_id), 303)
    return redirect(url_for("desk.home"), 303)
