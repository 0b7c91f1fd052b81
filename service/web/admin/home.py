"""Home: what happened, what needs a person."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from service.usecases.show_home import show_home
from service.web.admin.desk import blueprint, here, page


@blueprint.get("/", strict_slashes=False)
def home() -> ResponseReturnValue:
    desk = here()
    return page(
        "home",
        room="home",
        home=show_home(desk.kit, desk.clinic, desk.now, all_tasks=request.args.get("tasks") == "all"),
    )
