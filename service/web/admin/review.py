"""Mail that waits for a person's decision: held by a rule, or in doubt."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.domain.campaign import MailStep
from service.domain.right import Right
from service.storage import held_list
from service.storage.held_list import HeldLine
from service.usecases.decide_doubt import Word, decide_doubt
from service.usecases.release_held import HOWS, How, release
from service.usecases.show_doubts import show_doubts
from service.web.admin.desk import blueprint, here, page
from service.web.admin.rights import need


@blueprint.get("/review")
def review() -> ResponseReturnValue:
    desk = here()
    with desk.kit.db.read() as conn:
        held, doubts = held_list.held(conn, desk.clinic.id), show_doubts(desk.kit, conn, desk.clinic.id, desk.now)
        counts = held_list.count(conn, desk.clinic.id)
        versions = desk.kit.library.versions(conn, {line.version_id for line in held})
    titles = {}
    for line in held:
        step = versions[line.version_id].definition.steps.get(line.step)
        titles[line.version_id, line.step] = words.title(step.title) if isinstance(step, MailStep) else line.step
    by_guard = {guard: [line for line in held if line.guard == guard] for guard in held_list.GUARDS}
    return page("review", room="home", held=by_guard, counts=counts, doubts=doubts, titles=titles)


@blueprint.get("/review/decide/<how>")
@need(Right.PUBLISH)
def ask_decision(how: str) -> ResponseReturnValue:
    """`message` names one mail; without it, all that stand in doubt now."""
    desk, word = here(), _word(how)
    with desk.kit.db.read() as conn:
        doubts = held_list.in_doubt(conn, desk.clinic.id)
    wanted = request.args.get("message", type=int)
    chosen = [line for line in doubts if wanted is None or line.message_id == wanted]
    if not chosen:
        flash("It has been settled meanwhile.", "good")
        return redirect(url_for("desk.review"), 303)
    title, lines, button = _asked(word, chosen)
    return page(
        "confirm",
        room="home",
        title=title,
        lines=lines,
        action=url_for("desk.decide", how=word),
        hidden={"messages": ",".join(str(line.message_id) for line in chosen)},
        button=button,
        danger=word == "drop",
        back=url_for("desk.review"),
        keep="Leave it in doubt" if len(chosen) == 1 else "Leave them in doubt",
    )


@blueprint.post("/review/decide/<how>")
@need(Right.PUBLISH)
def decide(how: str) -> ResponseReturnValue:
    desk, word = here(), _word(how)
    numbers = [int(part) for part in request.form.get("messages", "").split(",") if part.isdecimal() and len(part) < 20]
    done = decide_doubt(desk.kit, desk.user, numbers[: held_list.MOST], word)
    told = words.count(done, "mail")
    if not done:
        flash("Nothing was changed: it has been settled meanwhile.", "stop")
    elif word == "went":
        flash(f"{told}: counted as sent.", "good")
    else:
        flash(f"{told}: not sent, and never will be. Your name stands beside the reason.", "good")
    return redirect(url_for("desk.review"), 303)


def _word(how: str) -> Word:
    words_known: dict[str, Word] = {"went": "went", "drop": "drop"}
    return words_known.get(how) or abort(404)


def _how(name: str) -> How:
    return next((how for how in HOWS if how == name), None) or abort(400)


def _asked(word: Word, chosen: list[HeldLine]) -> tuple[str, tuple[str, ...], str]:
    """What is asked before it is done: title, lines, button."""
    one = len(chosen) == 1
    who = f"the mail to {chosen[0].name}" if one else words.count(len(chosen), "mail")
    if word == "went":
        return (
            f"Count {who} as sent?",
            (
                "Do this when you know that it arrived: they answered it, or the provider’s own list shows it.",
                "It then counts as sent, and is not sent again.",
            ),
            "It went",
        )
    return (
        f"Never send {who}?",
        (
            "It may have arrived all the same: nobody knows. It is not sent again, even if it never went.",
            "The series goes on with its next step. The reason and your name are kept.",
        ),
        "Do not send it" if one else "Do not send them",
    )


@blueprint.post("/review/release")
@need(Right.PUBLISH)
def release_mails() -> ResponseReturnValue:
    desk = here()
    guard, how = request.form.get("guard", ""), _how(request.form.get("how", ""))
    if guard not in held_list.GUARDS:
        abort(400)
    who = words.people(release(desk.kit, desk.clinic.id, how, desk.user.id, guard))
    told = {
        "send": f"{who}: due now. Each mail still passes every rule.",
        "reschedule": f"{who}: rescheduled from now on, in the order they were due in.",
        "skip": f"{who}: skipped, on to the next step.",
    }[how]
    flash(told, "good")
    return redirect(url_for("desk.review"), 303)
