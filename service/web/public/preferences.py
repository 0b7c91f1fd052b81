"""/p/TOKEN: how often, and about what."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.clock_words import date_words
from service.domain.language import FIRST, LANGUAGES, known
from service.domain.timing import later
from service.domain.wording import mask
from service.usecases.choose_preferences import PACES, TOPICS, Pace, choose_preferences
from service.usecases.pause_mails import PAUSE
from service.usecases.read_link import Owner
from service.usecases.unsubscribe import stopped
from service.web.kit import kit
from service.web.public.language import language, noted, say
from service.web.public.owner import note_click, owner, owner_of, page

SAVED = {
    "now": noted("Saved. The emails come as before."),
    "weekly": noted("Saved. You get one email a week at most."),
    "pause": noted("Saved. We pause for 30 days and then go on where we left off."),
    "booked": noted("Saved. The emails have ended. Those about a visit still come."),
}


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/p/<token>", view_func=show, endpoint="preferences")
    blueprint.add_url_rule("/p/<token>", view_func=save, endpoint="save_preferences", methods=["POST"])


def show(token: str) -> ResponseReturnValue:
    now = kit().clock()
    with kit().db.read() as conn:
        whose = owner_of(conn, token)
        standing = stopped(conn, whose.lead, now)
    note_click(whose, "preferences")
    zone = whose.lead.zone
    paused, saved = _paused(whose, now), request.args.get("saved", "")
    return page(
        "preferences",
        whose,
        address=mask(whose.lead.email or ""),
        standing=standing,
        pace="pause" if paused else {"normal": "now"}.get(whose.lead.pace, whose.lead.pace),
        paused_until=date_words(whose.lead.paused_until or 0, zone, language()) if paused else None,
        would_pause_until=date_words(later(now, PAUSE, zone), zone, language()),
        topics=[topic for topic in TOPICS if topic not in whose.lead.refused_topics],
        languages=LANGUAGES,
        write_in=known(whose.lead.locale) or FIRST,
        saved=say(SAVED[saved]) if saved in SAVED else None,
    )


def save(token: str) -> ResponseReturnValue:
    whose = owner(token)
    pace = request.form.get("pace", "")
    if pace not in PACES:
        return redirect(url_for("public.preferences", token=token), 303)
    topics = request.form.getlist("about")
    chosen = request.form.get("write_in")
    choose_preferences(kit(), whose.lead.id, cast(Pace, pace), topics, language=chosen, message_id=whose.message_id)
    if pace == "stop":
        return redirect(url_for("public.unsubscribe", token=token), 303)
    return redirect(url_for("public.preferences", token=token, saved=pace), 303)


def _paused(whose: Owner, now: int) -> bool:
    return whose.lead.paused_until is not None and whose.lead.paused_until > now
