"""Mail that waits for a person's decision: held by a rule, or in doubt."""

from __future__ import annotations

from typing import Literal

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.domain.campaign import MailStep
from service.storage import held_list
from service.usecases.release_held import release
from service.web.admin.desk import blueprint, here, page

SETTLES = {
    "outbox": "The outbox knows by itself; the next pass settles it.",
    "smtp": "Over SMTP nothing reports back. Ten minutes after it was handed over it is sent once more under the same "
    "Message-ID; mail programs drop the twin. After that a person decides.",
    "sendgrid": "SendGrid’s events settle it. If none comes, it is sent once more after a day, while events are heard.",
}


@blueprint.get("/review")
def review() -> ResponseReturnValue:
    desk = here()
    with desk.kit.db.read() as conn:
        held, doubts = held_list.held(conn, desk.clinic.id), held_list.in_doubt(conn, desk.clinic.id)
        versions = desk.kit.library.versions(conn, {line.version_id for line in [*held, *doubts]})
    titles = {}
    for line in [*held, *doubts]:
        step = versions[line.version_id].definition.steps.get(line.step)
        titles[line.version_id, line.step] = words.title(step.title) if isinstance(step, MailStep) else line.step
    by_guard = {guard: [line for line in held if line.guard == guard] for guard in held_list.GUARDS}
    return page("review", room="home", held=by_guard, doubts=doubts, titles=titles, settles=SETTLES)


@blueprint.post("/review/release")
def release_mails() -> ResponseReturnValue:
    desk = here()
    guard, how = request.form.get("guard", ""), request.form.get("how", "")
    if guard not in held_list.GUARDS or how not in ("send", "skip"):
        abort(400)
    chosen: Literal["send", "skip"] = "send" if how == "send" else "skip"
    people = release(desk.kit, desk.clinic.id, chosen, desk.user.id, guard)
    who = f"{people:,} {'person' if people == 1 else 'people'}"
    told = (
        f"{who}: due now. Each mail still passes every rule."
        if how == "send"
        else f"{who}: skipped, on to the next step."
    )
    flash(told, "good")
    return redirect(url_for("desk.review"), 303)
