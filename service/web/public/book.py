"""/b/TOKEN: choose a time. GET shows and never holds; only the button of one slot books."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.timing import local_day
from service.storage import appointments, practitioners
from service.usecases.book_visit import Booked, HasVisit, book_visit
from service.usecases.open_slots import Diary, diary
from service.usecases.read_link import Owner
from service.web.kit import kit
from service.web.public.calendar import Asked, calendar, nearest_times, read_day, read_key
from service.web.public.language import noted, say
from service.web.public.owner import note_click, owner_of, page
from service.web.public.visit_words import visit_words

GONE = noted("This time has just gone. Nothing was booked.")
LOOK = noted("Please look once more: this time is on another day than the one you had chosen. Nothing was booked yet.")


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/b/<token>", view_func=show, endpoint="book")
    blueprint.add_url_rule("/b/<token>/<key>", view_func=show, endpoint="book_at")
    blueprint.add_url_rule("/b/<token>", view_func=take, endpoint="book_now", methods=["POST"])
    blueprint.add_url_rule("/b/<token>/<key>", view_func=take, endpoint="book_at_now", methods=["POST"])


def show(token: str, key: str = "") -> ResponseReturnValue:
    whose, found = _load(token)
    note_click(whose, "book")
    standing = _standing(whose)
    if standing is not None:
        return standing
    named = read_key(key, found)
    if named is not None and found is not None and not _open(found, *named):
        return times_page(whose, found, Asked(start=named[0]), action=_here(token), notice=GONE), 200
    asked = Asked(
        start=named[0] if named else None,
        practitioner_id=named[1] if named else None,
        day=read_day(request.args.get("day", "")),
        since=read_day(request.args.get("from", "")),
    )
    return times_page(whose, found, asked, action=_here(token))


def take(token: str, key: str = "") -> ResponseReturnValue:  # noqa: ARG001 - the form posts to where it was opened
    whose, found = _load(token)
    named = read_key(request.form.get("book", ""), found)
    if named is None:
        return redirect(url_for("public.book", token=token, day=request.form.get("day", "")), 303)
    if mismatch(whose, named[0]):
        return times_page(whose, found, Asked(*named), action=_here(token), notice=LOOK), 409
    outcome = book_visit(kit(), whose.lead.id, named[0], practitioner_id=named[1], message_id=whose.message_id)
    match outcome:
        case Booked(appointment):
            return redirect(url_for("public.visit", token=kit().links.mint("appointment", appointment.id)), 303)
        case HasVisit(appointment) if appointment.starts_at == named[0]:
            return redirect(url_for("public.visit", token=kit().links.mint("appointment", appointment.id)), 303)
        case HasVisit(_):
            return redirect(url_for("public.book", token=token), 303)
    whose, found = _load(token)
    return times_page(whose, found, Asked(start=named[0]), action=_here(token), notice=GONE), 409


def mismatch(whose: Owner, start: int) -> bool:
    """The button's slot is not of the day that the form says was chosen."""
    day = read_day(request.form.get("day", ""))
    return day is not None and day != local_day(start, whose.clinic.zone)


def times_page(
    whose: Owner, found: Diary | None, asked: Asked, *, action: str, notice: str = "", moving: bool = False
) -> str:
    """The calendar, for booking and for moving alike. With `notice` it says what went wrong and offers the nearest."""
    now = kit().clock()
    gone = notice == GONE and found is not None and asked.start is not None
    shown = None if found is None else calendar(found, now, asked, whose.lead.zone)
    return page(
        "book",
        whose,
        calendar=shown,
        notice=say(notice) if notice else "",
        nearest=nearest_times(found, now, asked.start, whose.lead.zone) if gone and found and asked.start else [],
        action=action.partition("?")[0],
        moving=visit_words(whose, _who(whose), now) if moving else None,
    )


def _load(token: str) -> tuple[Owner, Diary | None]:
    now = kit().clock()
    with kit().db.read() as conn:
        whose = owner_of(conn, token)
        return whose, diary(conn, whose.clinic, now)


def _standing(whose: Owner) -> str | None:
    """Who has a visit already is shown it, and can move or cancel it."""
    now = kit().clock()
    with kit().db.read() as conn:
        visit = appointments.next_of_lead(conn, whose.lead.id, now)
        if visit is None:
            return None
        who = practitioners.get(conn, visit.practitioner_id)
    own = kit().links.mint("appointment", visit.id)
    words = visit_words(Owner(own, whose.clinic, whose.lead, None, visit), who.name, now)
    return page("has-visit", whose, visit=words, visit_token=own)


def _who(whose: Owner) -> str:
    if whose.appointment is None:
        return ""
    with kit().db.read() as conn:
        return practitioners.get(conn, whose.appointment.practitioner_id).name


def _open(found: Diary, start: int, practitioner_id: int | None) -> bool:
    day = local_day(start, found.clinic.zone)
    return any(
        slot.starts_at == start and practitioner_id in {None, slot.practitioner_id}
        for slot in found.slots(kit().clock(), from_day=day, to_day=day)
    )


def _here(token: str) -> str:
    return url_for("public.book", token=token)
