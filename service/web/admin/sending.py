"""The stop switch: nothing leaves until somebody starts it again."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import breaker_words
from service.domain.right import Right
from service.storage import clinics, workers
from service.usecases.heed_provider import standing, try_provider
from service.usecases.preview_start import preview_start
from service.usecases.stop_sending import start_sending, stop_sending
from service.web.admin.desk import blueprint, here, page, say
from service.web.admin.rights import need


@blueprint.get("/sending")
def sending() -> ResponseReturnValue:
    desk = here()
    with desk.kit.db.read() as conn:
        clinic = clinics.get(conn, desk.clinic.id)
        ticked = workers.last_tick(conn)
        ahead = None if clinic.stopped_at is None else preview_start(desk.kit, conn, clinic, desk.now)
    told = {"stopped_why": clinic.stopped_why, "silent": _silence(ticked), "ahead": ahead}
    return page("sending", **told, **_left_alone())


@blueprint.post("/sending/stop")
@need(Right.STOP)
def stop() -> ResponseReturnValue:
    desk = here()
    stop_sending(desk.kit, desk.clinic.id, desk.user.id, request.form.get("why", ""))
    say("All mail is stopped.", url_for("desk.start"))
    return redirect(url_for("desk.sending"), 303)


@blueprint.post("/sending/start")
@need(Right.STOP)
def start() -> ResponseReturnValue:
    desk = here()
    start_sending(desk.kit, desk.clinic.id, desk.user.id)
    say("Mail goes out again.", url_for("desk.stop"))
    return redirect(url_for("desk.sending"), 303)


@blueprint.post("/sending/try")
@need(Right.STOP)
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
