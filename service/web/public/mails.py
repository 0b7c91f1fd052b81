"""/z/TOKEN: pause for thirty days. /k/TOKEN: stay for the quarterly letter."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from service.domain.clock_words import date_words
from service.domain.timing import later
from service.domain.wording import mask
from service.usecases.pause_mails import PAUSE, pause_mails, resume_mails
from service.usecases.read_link import Owner
from service.usecases.stay_in_touch import stay_in_touch
from service.usecases.unsubscribe import stopped
from service.web.kit import kit
from service.web.public.language import language
from service.web.public.owner import note_click, owner, owner_of, page


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/z/<token>", view_func=show_pause, endpoint="pause")
    blueprint.add_url_rule("/z/<token>", view_func=pause, endpoint="pause_now", methods=["POST"])
    blueprint.add_url_rule("/k/<token>", view_func=show_stay, endpoint="stay")
    blueprint.add_url_rule("/k/<token>", view_func=stay, endpoint="stay_now", methods=["POST"])


def show_pause(token: str) -> ResponseReturnValue:
    now = kit().clock()
    with kit().db.read() as conn:
        whose = owner_of(conn, token)
        standing = stopped(conn, whose.lead, now)
    note_click(whose, "pause")
    until = whose.lead.paused_until
    return _pause_page(whose, until if until is not None and until > now else None, standing is not None)


def pause(token: str) -> ResponseReturnValue:
    whose = owner(token)
    if request.form.get("do") == "resume":
        resume_mails(kit(), whose.lead.id)
        return _pause_page(whose, None, False, resumed=True)
    until = pause_mails(kit(), whose.lead.id, message_id=whose.message_id)
    return _pause_page(whose, until, stopped_already=until is None)


def _pause_page(whose: Owner, until: int | None, stopped_already: bool, *, resumed: bool = False) -> str:
    zone = whose.lead.zone
    return page(
        "pause",
        whose,
        address=mask(whose.lead.email or ""),
        until=None if until is None else date_words(until, zone, language()),
        would_be=date_words(later(kit().clock(), PAUSE, zone), zone, language()),
        resumed=resumed,
        stopped=stopped_already,
    )


def show_stay(token: str) -> ResponseReturnValue:
    with kit().db.read() as conn:
        whose = owner_of(conn, token)
        standing = stopped(conn, whose.lead, kit().clock())
    note_click(whose, "stay")
    return page("stay", whose, address=mask(whose.lead.email or ""), stays=False, stopped=standing is not None)


def stay(token: str) -> ResponseReturnValue:
    whose = owner(token)
    stays = stay_in_touch(kit(), whose.lead.id)
    return page("stay", whose, address=mask(whose.lead.email or ""), stays=stays, stopped=not stays)
