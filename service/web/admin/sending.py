"""The stop switch: nothing leaves until somebody starts it again."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import breaker_words
from service.storage import clinics, workers
from service.usecases.heed_provider import standing, try_provider
from service.usecases.stop_sending import start_sending, stop_sending
from service.web.admin.desk import blueprint, here, page, say


@blueprint.get("/sending")
def sending() -> ResponseReturnValue:
    desk = here()
    with desk.kit.db.read() as conn:
        clinic = clinics.get(conn, desk.clinic.id)
        ticked = workers.last_tick(conn)
    return page("sending", stopped_why=clinic.stopped_why, silent=_silence(ticked), **_left_alone())


@blueprint.post("/sending/stop")
def stop() -> ResponseReturnValue:
    desk = here()
    stop_sending(desk.kit, desk.clinic.id, desk.user.id, request.form.get("why", ""))
    say("All mail is stopped.", url_for("desk.start"))
    return redirect(url_for("desk.sending"), 303)


@blueprint.post("/sending/start")
def start() -> ResponseReturnValue:
    desk = here()
    start_sending(desk.kit, desk.clinic.id, desk.user.id)
    say("Mail goes out again.", url_for("desk.stop"))
    return redirect(url_for("desk.sending"), 303)


@blueprint.post("/sending/try")
def try_now() -> ResponseReturnValue:
    desk = here()
    if try_provider(desk.kit, desk.clinic.id, desk.user.id):
        say("It is tried with the next mails that are due.")
    else:
        say("It answers again already.")
    return redirect(url_for("desk.sending"), 303)


def _left_alone() -> dict[str, str]:
    """What is the matter with the provider, and what to do; nothing while it answers."""
    desk = here()
    found = standing(desk.kit)
    if found is None:
        return {}
    about = (found, desk.kit.mail, desk.clinic.zone, desk.now)
    return {"trouble": breaker_words.title(*about), "mend": breaker_words.why(*about)}


def _silence(ticked: int | None) -> int | None:
    """Seconds since the worker last ticked, by the machine's clock; None when it never did."""
    return None if ticked is None else max(0, here().kit.wall() - ticked)
