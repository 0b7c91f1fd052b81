"""One campaign: the series drawn with its people, its mails, who stands where, pause and resume."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.domain.acts import SplitStep
from service.domain.base36 import base36, from_base36
from service.domain.campaign import BranchStep, Definition
from service.domain.flow import ways
from service.domain.right import Right
from service.domain.timing import HOUR, MINUTE, day_start, local_day
from service.storage.campaign_numbers import After
from service.usecases.campaign_states import pause_campaign, resume_campaign
from service.usecases.check_mail import check_mails
from service.usecases.count_campaign import recount
from service.usecases.preview_mail import READERS
from service.usecases.show_campaign import (
    Opened,
    open_campaign,
    show_flow,
    show_headings,
    show_mail,
    show_people,
)
from service.usecases.show_simulation import asks_for_clicks, show_simulation_here
from service.usecases.step_words import deed_words, step_words, wait_words
from service.usecases.ways import part_of
from service.web.admin.desk import Here, blueprint, here, page
from service.web.admin.rights import need

ZONES = {"here": "", "ny": "America/New_York", "la": "America/Los_Angeles"}
BEGINS = {
    "signup": "signs up",
    "opt-in-asked": "is asked to confirm",
    "booked": "books a visit for next week",
    "attended": "comes to a visit",
    "cancelled": "cancels a visit",
    "no-show": "misses a visit",
    "stay": "asks for the letter",
    "red-flag": "writes words of an emergency",
    "clicked": "clicks in a mail",
    "answered": "says what holds them back",
    "tag": "gets the tag",
    "field": "has the field set",
    "segment": "comes into the segment",
    "date": "comes to the date",
    "by-hand": "is entered by hand",
    "api": "is entered by another system",
    "letter": "is sent a letter",
}
PREVIEW_CSP = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
    "img-src": "'self' data:",
    "sandbox": "",
    "style-src": "'unsafe-inline'",
}


@blueprint.get("/campaigns/<campaign_id>")
def campaign(campaign_id: str) -> ResponseReturnValue:
    """By its key or its id."""
    desk = here()
    tab = request.args.get("tab", "flow")
    if tab not in TABS:
        abort(404)
    opened = _opened(desk, campaign_id)
    shown = TABS[tab](desk, opened)
    return page(f"campaign-{tab}", room="campaigns", tab=tab, it=opened, definition=opened.definition, **shown)


@blueprint.get("/campaigns/<campaign_id>/mails/<mail>")
def mail_preview(campaign_id: str, mail: str) -> ResponseReturnValue:
    """The mail alone, for a frame without scripts."""
    desk = here()
    opened = _opened(desk, campaign_id)
    if mail not in opened.version.every:
        abort(404)
    found = show_mail(desk.kit, desk.clinic, opened, mail, desk.now, _reader())
    if request.args.get("as") == "text":
        return Response(found.text, mimetype="text/plain")
    return Response(found.html, mimetype="text/html")


mail_preview.talisman_view_options = {  # type: ignore[attr-defined]
    "content_security_policy": PREVIEW_CSP,
    "frame_options": "SAMEORIGIN",
}


@blueprint.get("/campaigns/<campaign_id>/pause")
@need(Right.PUBLISH)
def ask_pause(campaign_id: str) -> ResponseReturnValue:
    """What a pause, or its end, does to how many."""
    desk = here()
    opened = _opened(desk, campaign_id)
    return page("campaign-state", room="campaigns", it=opened)


@blueprint.post("/campaigns/<campaign_id>/pause")
@need(Right.PUBLISH)
def pause_campaign_here(campaign_id: str) -> ResponseReturnValue:
    desk = here()
    opened = _opened(desk, campaign_id)
    waiting = pause_campaign(desk.kit, desk.clinic.id, opened.row.id, desk.user.id)
    flash(f"Paused. {words.people(waiting)} {'waits' if waiting == 1 else 'wait'} in place.", "good")
    return redirect(url_for("desk.campaign", campaign_id=campaign_id), 303)


@blueprint.post("/campaigns/<campaign_id>/resume")
@need(Right.PUBLISH)
def resume_campaign_here(campaign_id: str) -> ResponseReturnValue:
    desk = here()
    opened = _opened(desk, campaign_id)
    going = resume_campaign(desk.kit, desk.clinic.id, opened.row.id, desk.user.id)
    flash(f"Going on. {words.people(going)} {'continues' if going == 1 else 'continue'} from where they stood.", "good")
    return redirect(url_for("desk.campaign", campaign_id=campaign_id), 303)


@blueprint.post("/campaigns/<campaign_id>/recount")
@need(Right.SEE)
def recount_campaign(campaign_id: str) -> ResponseReturnValue:
    desk = here()
    row, version = (opened := _opened(desk, campaign_id)).row, opened.definition
    recount(desk.kit, desk.clinic.id, row.id, row.version_id, version)
    return redirect(url_for("desk.campaign", campaign_id=campaign_id), 303)


def _opened(desk: Here, name: str) -> Opened:
    opened = open_campaign(desk.kit, desk.clinic.id, name)
    if opened is None:
        abort(404)
    return opened


def _flow(desk: Here, opened: Opened) -> dict[str, Any]:
    asked = asked_of(desk, opened.definition)
    strip = show_simulation_here(desk.kit, desk.clinic, opened.definition, asked["zone"], asked["start"], asked["does"])
    return {
        "flow": show_flow(desk.kit, desk.clinic, opened, desk.now),
        "asked": asked,
        "strip": strip,
        "forks_on_clicks": asks_for_clicks(opened.definition),
        "deed_words": lambda step: deed_words(opened.definition, step),
        "wait_words": lambda key: wait_words(opened.definition, key),
        "begins": BEGINS[opened.definition.entry.on],
    }


def _mails(desk: Here, opened: Opened) -> dict[str, Any]:
    said = {
        mail: {
            source.id: [claim.says for claim in found.claims if claim.source == source.id] for source in found.sources
        }
        for mail, found in opened.version.every.items()
    }
    reader = _reader()
    return {
        "headings": show_headings(desk.kit, desk.clinic, opened, desk.now, reader),
        "reader": reader,
        "readers": {key: label for key, (label, _name) in READERS.items()},
        "mails": opened.version.every,
        "said": said,
        "checks": check_mails(desk.kit, opened.version),
        "steps_of": _steps_of(opened),
    }


def _reader() -> str:
    reader = request.args.get("reader", "maria")
    return reader if reader in READERS else abort(404)


def _people(desk: Here, opened: Opened) -> dict[str, Any]:
    state, step = request.args.get("state", "here"), request.args.get("step") or None
    way = request.args.get("way", type=int)
    part = part_of(opened.definition, state, step, way)
    if part is None:
        abort(404)
    after = _after(request.args.get("after", ""))
    found = show_people(desk.kit, desk.clinic.id, opened, part, after, desk.now)
    return {
        "found": found,
        "part": part,
        "way": way,
        "way_name": _way_name(opened, step, way),
        "first": after is None,
        "cursor": f"{base36(found.more[0])}.{base36(found.more[1])}" if found.more else None,
        "named": lambda key: step_words(opened.definition, key),
    }


TABS = {"flow": _flow, "mails": _mails, "people": _people}


def asked_of(desk: Here, definition: Definition) -> dict[str, Any]:
    """Whom to imagine: where, when, and what they do."""
    who, when, does = (request.args.get(name, "") for name in ("who", "when", "does"))
    zone = ZONES.get(who) or desk.zone
    today = local_day(desk.now, zone)
    friday = today + (4 - (today - 1) % 7) % 7
    starts = {
        "now": desk.now,
        "morning": day_start(today + 1, zone) + 9 * HOUR,
        "friday": day_start(friday, zone) + 19 * HOUR + 30 * MINUTE,
    }
    offered = {"reads", *(["clicks"] if asks_for_clicks(definition) else [])}
    offered |= {"books"} if definition.goal == "booked" else set()
    when = when if when in starts else "now"
    return {
        "who": who if who in ZONES else "here",
        "when": when,
        "does": does if does in offered else "reads",
        "zone": zone,
        "start": max(starts[when], desk.now),
    }


def _way_name(opened: Opened, step: str | None, way: int | None) -> str:
    fork = opened.definition.steps.get(step or "")
    if not isinstance(fork, BranchStep | SplitStep) or way is None:
        return ""
    return ways(fork)[way][0] or "Otherwise"


def _steps_of(opened: Opened) -> dict[str, str]:
    """The step that sends each mail."""
    found = {step.mail: step.key for step in opened.definition.mails()}
    return {**{step.without_slots: step.key for step in opened.definition.mails() if step.without_slots}, **found}


def _after(text: str) -> After | None:
    at, _, run = text.partition(".")
    cursor = from_base36(at), from_base36(run)
    return (cursor[0], cursor[1]) if cursor[0] is not None and cursor[1] is not None else None
