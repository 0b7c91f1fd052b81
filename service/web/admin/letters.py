"""Letters to many: written, looked at, sent at an hour, stopped, corrected."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.domain.right import Right
from service.usecases.letters.correct_letter import correct_letter
from service.usecases.letters.plan_letter import foresee_letter, plan_letter
from service.usecases.letters.show_letters import (
    LetterLine,
    Opened,
    show_choices,
    show_heading,
    show_letter,
    show_letter_mail,
    show_letters,
)
from service.usecases.letters.stop_letter import resume_letter, stop_letter
from service.usecases.letters.write_letter import Gone, Written, write_letter
from service.web.admin.campaign import PREVIEW_CSP
from service.web.admin.desk import Here, blueprint, here, page
from service.web.admin.letter_form import blank, given_of, read_new, read_text
from service.web.admin.rights import need

STATES = {
    "draft": ("Draft", "edit"),
    "planned": ("Planned", "live"),
    "going": ("Going out", "live"),
    "stopped": ("Stopped", "edit"),
    "done": ("Sent", "live"),
}


@blueprint.get("/letters", endpoint="letters")
def listed() -> ResponseReturnValue:
    desk = here()
    return _page("letters", lines=show_letters(desk.kit, desk.clinic.id))


@blueprint.get("/letters/new")
@need(Right.EDIT_CAMPAIGNS)
def new_letter() -> ResponseReturnValue:
    return _form(blank(here()), {})


@blueprint.post("/letters/new")
@need(Right.EDIT_CAMPAIGNS)
def save_new_letter() -> ResponseReturnValue:
    return _save(None)


@blueprint.get("/letters/<key>")
def letter(key: str) -> ResponseReturnValue:
    desk = here()
    opened, line = _opened(desk, key)
    heading = show_heading(desk.kit, desk.clinic, opened.row, desk.now)
    foreseen = foresee_letter(desk.kit, opened.row, desk.now) if line.shown in ("draft", "planned") else None
    return _page("letter", it=opened, line=line, heading=heading, foreseen=foreseen)


@blueprint.get("/letters/<key>/mail")
def letter_mail(key: str) -> ResponseReturnValue:
    """The mail alone, for a frame without scripts."""
    desk = here()
    opened, _line = _opened(desk, key)
    found = show_letter_mail(desk.kit, desk.clinic, opened.row, desk.now)
    if request.args.get("as") == "text":
        return Response(found.text, mimetype="text/plain")
    return Response(found.html, mimetype="text/html")


letter_mail.talisman_view_options = {  # type: ignore[attr-defined]
    "content_security_policy": PREVIEW_CSP,
    "frame_options": "SAMEORIGIN",
}


@blueprint.get("/letters/<key>/edit")
@need(Right.EDIT_CAMPAIGNS)
def edit_letter(key: str) -> ResponseReturnValue:
    desk = here()
    opened, line = _opened(desk, key)
    if line.row.state not in ("draft", "planned"):
        return redirect(url_for("desk.ask_correct_letter", key=key), 303)
    return _form(given_of(opened, desk), {}, opened)


@blueprint.post("/letters/<key>/edit")
@need(Right.EDIT_CAMPAIGNS)
def save_letter(key: str) -> ResponseReturnValue:
    return _save(_opened(here(), key)[0])


@blueprint.get("/letters/<key>/send")
@need(Right.PUBLISH)
def ask_send(key: str) -> ResponseReturnValue:
    """Whom a letter will reach, when, and who gets nothing."""
    desk = here()
    opened, line = _opened(desk, key)
    if line.row.state != "draft" or line.row.at is None:
        return redirect(url_for("desk.letter", key=key), 303)
    foreseen = foresee_letter(desk.kit, opened.row, desk.now)
    return _page("letter-act", it=opened, line=line, act="send", foreseen=foreseen)


@blueprint.post("/letters/<key>/send")
@need(Right.PUBLISH)
def send_letter(key: str) -> ResponseReturnValue:
    desk = here()
    try:
        planned = plan_letter(desk.kit, desk.clinic.id, desk.user.id, key)
    except Gone:
        abort(404)
    if planned:
        flash("Planned. It goes out by itself; you can stop it at any time.", "good")
    return redirect(url_for("desk.letter", key=key), 303)


@blueprint.get("/letters/<key>/stop")
@need(Right.PUBLISH)
def ask_stop_letter(key: str) -> ResponseReturnValue:
    """What a stop, or its end, does to how many."""
    opened, line = _opened(here(), key)
    if line.shown not in ("planned", "going", "stopped") and not line.numbers.waits:
        return redirect(url_for("desk.letter", key=key), 303)
    return _page("letter-act", it=opened, line=line, act="resume" if line.shown == "stopped" else "stop")


@blueprint.post("/letters/<key>/stop")
@need(Right.PUBLISH)
def stop_letter_here(key: str) -> ResponseReturnValue:
    desk = here()
    try:
        people = stop_letter(desk.kit, desk.clinic.id, desk.user.id, key)
    except Gone:
        abort(404)
    if people is not None:
        flash(f"Stopped. {words.people(people)} {'waits' if people == 1 else 'wait'} in place.", "good")
    return redirect(url_for("desk.letter", key=key), 303)


@blueprint.post("/letters/<key>/resume")
@need(Right.PUBLISH)
def resume_letter_here(key: str) -> ResponseReturnValue:
    desk = here()
    try:
        people = resume_letter(desk.kit, desk.clinic.id, desk.user.id, key)
    except Gone:
        abort(404)
    if people is not None:
        flash("Going on from where it stood. Nobody gets it twice.", "good")
    return redirect(url_for("desk.letter", key=key), 303)


@blueprint.get("/letters/<key>/correct")
@need(Right.PUBLISH)
def ask_correct_letter(key: str) -> ResponseReturnValue:
    desk = here()
    opened, line = _opened(desk, key)
    if line.row.state == "draft":
        return redirect(url_for("desk.edit_letter", key=key), 303)
    return _page("letter-correct", it=opened, line=line, given=given_of(opened, desk), faults={})


@blueprint.post("/letters/<key>/correct")
@need(Right.PUBLISH)
def correct_letter_here(key: str) -> ResponseReturnValue:
    desk, given = here(), request.form.to_dict()
    opened, line = _opened(desk, key)
    try:
        done = correct_letter(desk.kit, desk.clinic.id, desk.user.id, key, read_text(given))
    except Gone:
        abort(404)
    if done.faults:
        return _page("letter-correct", it=opened, line=line, given=given, faults=done.faults), 422
    flash("Corrected. Who has it keeps what they got; who waits gets the new words.", "good")
    return redirect(url_for("desk.letter", key=key), 303)


def _save(opened: Opened | None) -> ResponseReturnValue:
    desk, given = here(), request.form.to_dict()
    new, faults = read_new(given, desk)
    try:
        written = Written(None, faults)
        if not faults:
            key = opened.row.key if opened else None
            written = write_letter(desk.kit, desk.clinic.id, desk.user.id, new, key)
    except Gone:
        abort(404)
    if written.key is None:
        return _form(given, written.faults, opened), 422
    flash("Saved as a draft. It goes to nobody until you say so.", "good")
    return redirect(url_for("desk.letter", key=written.key), 303)


def _form(given: dict[str, str], faults: dict[str, str], opened: Opened | None = None) -> str:
    desk = here()
    return _page("letter-form", it=opened, given=given, faults=faults, choices=show_choices(desk.kit, desk.clinic.id))


def _opened(desk: Here, key: str) -> tuple[Opened, LetterLine]:
    found = show_letter(desk.kit, desk.clinic.id, key)
    if found is None:
        abort(404)
    return found


def _page(template: str, **values: Any) -> str:
    return page(template, room="campaigns", states=STATES, because=_because, **values)


def _because(reason: str) -> str:
    """Why somebody waits or got nothing, in words."""
    if not reason:
        return words.GUARDS["not-yet"]
    return words.REASONS.get(reason) or words.GUARDS.get(reason) or reason
