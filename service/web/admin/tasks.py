"""Ticking off what Home and a lead's page ask for."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.storage.tasks import TaskRow
from service.usecases.finish_task import finish_task, reopen_task
from service.web.admin.desk import blueprint, here, say


@blueprint.post("/tasks/<int:task_id>/done")
def task_done(task_id: int) -> ResponseReturnValue:
    task = finish_task(here().kit, here().user, task_id)
    if task is None:
        abort(404)
    say(f"Done: {words.TASK_ACTS[task.kind]} {task.short_name}", url_for("desk.task_again", task_id=task_id))
    return _back(task)


@blueprint.post("/tasks/<int:task_id>/again")
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
