"""Home: what happened, what needs a person."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from service.domain.right import Right, may
from service.usecases.set_up import waits
from service.usecases.show_home import show_home
from service.web.admin.desk import blueprint, here, page


@blueprint.get("/", strict_slashes=False)
def home() -> ResponseReturnValue:
    desk, every = here(), request.args.get("tasks") == "all"
    found = show_home(desk.kit, desk.clinic, desk.now, all_tasks=every)
    led = waits(desk.kit, desk.clinic.id) if may(desk.user.role, Right.SETTINGS) else None
    return page("home", room="home", home=found, opened=every, set_up=led)
