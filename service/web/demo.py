"""The demo's bar: what time it is there, and how to move it on."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, current_app, redirect, request
from flask.typing import ResponseReturnValue

from service.domain.clock_words import short_day_words, time_words
from service.domain.timing import DAY, WEEK, day_start, local_day
from service.storage import clinics
from service.storage import settings as stored
from service.usecases.travel import travel
from service.web.kit import kit

blueprint = Blueprint("demo", __name__)
PROVIDER = "meridian-provider"
MORNING = 9 * 3600


def prepare(app: Flask, _csrf: object) -> None:
    """Tells every page whether this is a demo, and its time."""

    @app.context_processor
    def _demo() -> dict[str, Any]:
        return {"demo": standing()}


def standing() -> dict[str, Any] | None:
    """{now_words, now} in a demo, else None."""
    tools = kit()
    if not tools.demo:
        return None
    with tools.db.read() as conn:
        if stored.get(conn, stored.DEMO) is None:
            return None
        zone = next((row.zone for row in clinics.everyone(conn).values()), "UTC")
    now = tools.clock()
    return {"now": now, "now_words": f"{short_day_words(now, zone)}, {time_words(now, zone)}", "zone": zone}


@blueprint.post("/demo/travel")
def move_on() -> ResponseReturnValue:
    here = standing()
    if here is None:
        abort(404)
    now, zone = here["now"], here["zone"]
    targets = {
        "morning": day_start(local_day(now, zone) + 1, zone) + MORNING,
        "day": now + DAY,
        "week": now + WEEK,
    }
    target = targets.get(request.form.get("to", ""))
    if target is None:
        abort(400)
    travel(kit(), current_app.extensions[PROVIDER], target)
    return redirect(_back(), 303)


def _back() -> str:
    """The page that was left, if it is ours."""
    path = urlsplit(request.form.get("back", "")).path
    return path if path.startswith("/") and not path.startswith("//") else "/desk"
