"""/v/TOKEN: a booked visit. Its calendar file, moving it, cancelling it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.storage import practitioners
from service.usecases.book_visit import Gone
from service.usecases.calendar_of_visit import calendar_of_visit
from service.usecases.cancel_visit import cancel_visit
from service.usecases.move_visit import Moved, move_visit
from service.usecases.open_slots import Diary, diary
from service.usecases.read_link import Owner
from service.web.kit import kit
from service.web.public.book import GONE, LOOK, mismatch, times_page
from service.web.public.calendar import Asked, read_day, read_key
from service.web.public.language import language
from service.web.public.owner import owner, owner_of, page
from service.web.public.visit_words import visit_words


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/v/<token>", view_func=show, endpoint="visit")
    blueprint.add_url_rule("/v/<token>/calendar.ics", view_func=calendar_file, endpoint="calendar")
    blueprint.add_url_rule("/v/<token>/move", view_func=show_move, endpoint="move")
    blueprint.add_url_rule("/v/<token>/move/<key>", view_func=show_move, endpoint="move_to")
    blueprint.add_url_rule("/v/<token>/move", view_func=move, endpoint="move_now", methods=["POST"])
    blueprint.add_url_rule("/v/<token>/cancel", view_func=show_cancel, endpoint="cancel")
    blueprint.add_url_rule("/v/<token>/cancel", view_func=cancel, endpoint="cancel_now", methods=["POST"])


def show(token: str) -> ResponseReturnValue:
    return _visit_page("visit", *_with_practitioner(token))


def calendar_file(token: str) -> ResponseReturnValue:
    whose = owner(token)
    if whose.appointment is None:
        abort(404)
    file = calendar_of_visit(kit(), whose.clinic, whose.appointment, whose.lead.email or "", language())
    return Response(
        file.ics,
        content_type=f"text/calendar; charset=utf-8; method={file.method}",
        headers={"Content-Disposition": 'attachment; filename="visit.ics"'},
    )


def show_move(token: str, key: str = "") -> ResponseReturnValue:
    whose, found = _movable(token)
    if found is None:
        return redirect(url_for("public.visit", token=token), 303)
    named = read_key(key, found)
    asked = Asked(
        start=named[0] if named else None,
        practitioner_id=named[1] if named else None,
        day=read_day(request.args.get("day", "")),
        since=read_day(request.args.get("from", "")),
    )
    return times_page(whose, found, asked, action=_move_here(token), moving=True)


def move(token: str) -> ResponseReturnValue:
    whose, found = _movable(token)
    if found is None or whose.appointment is None:
        return redirect(url_for("public.visit", token=token), 303)
    named = read_key(request.form.get("book", ""), found)
    if named is None:
        return redirect(url_for("public.move", token=token, day=request.form.get("day", "")), 303)
    if mismatch(whose, named[0]):
        return times_page(whose, found, Asked(*named), action=_move_here(token), notice=LOOK, moving=True), 409
    appointment_id = whose.appointment.id
    outcome = move_visit(kit(), appointment_id, named[0], practitioner_id=named[1])
    if isinstance(outcome, Gone):
        whose, found = _movable(token)
        asked = Asked(start=named[0])
        return times_page(whose, found, asked, action=_move_here(token), notice=GONE, moving=True), 409
    own = kit().links.mint("appointment", appointment_id) if isinstance(outcome, Moved) else token
    return redirect(url_for("public.visit", token=own), 303)


def show_cancel(token: str) -> ResponseReturnValue:
    return _visit_page("cancel", *_with_practitioner(token))


def cancel(token: str) -> ResponseReturnValue:
    whose = owner(token)
    if whose.appointment is None:
        abort(404)
    cancel_visit(kit(), whose.appointment.id)
    return redirect(url_for("public.visit", token=kit().links.mint("appointment", whose.appointment.id)), 303)


def _visit_page(template: str, whose: Owner, practitioner: str) -> str:
    return page(template, whose, visit=visit_words(whose, practitioner, kit().clock()))


def _with_practitioner(token: str) -> tuple[Owner, str]:
    with kit().db.read() as conn:
        whose = owner_of(conn, token)
        if whose.appointment is None:
            return whose, ""
        return whose, practitioners.get(conn, whose.appointment.practitioner_id).name


def _movable(token: str) -> tuple[Owner, Diary | None]:
    """With the diary where the visit may still be moved by link; None where it may not."""
    now = kit().clock()
    with kit().db.read() as conn:
        whose = owner_of(conn, token)
        words = visit_words(whose, "", now)
        if whose.appointment is None or words is None or not words.may_change:
            return whose, None
        return whose, diary(conn, whose.clinic, now, but=whose.appointment.id)


def _move_here(token: str) -> str:
    return url_for("public.move", token=token)
