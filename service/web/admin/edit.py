"""The campaign editor: the series as a picture whose every press is one act on the draft."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.content.faults import Faults
from service.domain import draft_words, edit_form, words
from service.domain.edit import Act, Change, Duplicate, Move, Refused, Remove, Row
from service.domain.edit_place import down, up
from service.domain.right import Right
from service.usecases.draft_campaign import NoCampaign
from service.usecases.edit_draft import ChangedMeanwhile, edit_draft, redo_edit, undo_edit
from service.usecases.show_campaign import open_campaign
from service.usecases.show_draft import Picture, show_draft
from service.usecases.show_meanwhile import show_meanwhile
from service.usecases.show_simulation import asks_for_clicks, show_simulation_here
from service.usecases.write_step_mail import free_name, plain_words, step_mail
from service.web.admin.campaign import BEGINS, asked_of
from service.web.admin.desk import Here, blueprint, here, page
from service.web.admin.rights import need

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@blueprint.get("/campaigns/<campaign_id>/edit")
@need(Right.EDIT_CAMPAIGNS)
def edit_campaign(campaign_id: str) -> ResponseReturnValue:
    return _shown(here(), campaign_id, request.args.get("step", ""), request.args.get("add", ""), {}, {})


@blueprint.post("/campaigns/<campaign_id>/edit")
@need(Right.EDIT_CAMPAIGNS)
def edit_campaign_here(campaign_id: str) -> ResponseReturnValue:
    """One press: the draft is changed and shown again, or what was typed is shown with what is wrong."""
    desk = here()
    given = {name: request.form.get(name, "") for name in request.form}
    step = given.get("step", "")
    try:
        step, faults = _press(desk, campaign_id, given)
    except NoCampaign:
        abort(404)
    except ChangedMeanwhile as met:
        return _shown(desk, campaign_id, step, "", {}, {}, met), 409
    except Refused as refused:
        flash(str(refused), "stop")
    except Faults:
        flash("The draft’s text can only be mended by hand; nothing was changed.", "stop")
        return redirect(url_for("desk.publish_choices", campaign_id=campaign_id), 303)
    else:
        if faults:
            return _shown(desk, campaign_id, step, given.get("place", ""), given, faults), 422
    anchor = "picture" if step in ("", "@series") else f"s-{step}"
    step = "" if given.get("quiet") else step
    return redirect(url_for("desk.edit_campaign", campaign_id=campaign_id, step=step or None, _anchor=anchor), 303)


def _press(desk: Here, campaign_id: str, given: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The step to show next, and by field what is wrong; then nothing was changed."""
    opened = open_campaign(desk.kit, desk.clinic.id, campaign_id) or abort(404)
    who = (desk.kit, desk.clinic.id, desk.user.id, opened.row.key, given.get("digest", ""))
    key, act = given.get("step", ""), given.get("act", "")
    if act in ("undo", "redo"):
        (undo_edit if act == "undo" else redo_edit)(*who)
        return key, {}
    shown = show_draft(desk.kit, opened)
    if given.get("body") is not None and act in ("add", "settings"):
        return _write(desk, who, shown, given)
    acts = _acts(shown.document, key, act, given)
    edit_draft(*who, *acts)
    added = next((str(each.row["key"]) for each in acts if hasattr(each, "row")), key)
    return "" if act == "remove" else added, {}


def _write(desk: Here, who: Any, shown: Picture, given: dict[str, str]) -> tuple[str, dict[str, str]]:
    """A mail in plain words: new with its step, or written anew."""
    key, adds = given.get("step", ""), given["act"] == "add"
    subject = given.get("subject", "")
    files, faults = step_mail(desk.kit, subject, given.get("preheader", ""), given["body"], given.get("label", ""))
    if faults:
        return key, faults
    name = free_name(subject, shown.mails) if adds else str(shown.by_key[key].row["mail"])
    told = {**given, "mail": name}
    acts = _acts(shown.document, key, given["act"], told)
    edit_draft(*who, *acts, written={name: files})
    return next((str(each.row["key"]) for each in acts if hasattr(each, "row")), key), {}


def _acts(document: Row, key: str, act: str, given: dict[str, str]) -> list[Act]:
    place = edit_form.place_of(given.get("place", "start")) if act in ("add", "move") else None
    match act:
        case "add" if place is not None:
            return [edit_form.new_step(document, given.get("kind", ""), place, given)]
        case "move" if place is not None:
            return [Move(key, place)]
        case "up":
            return [Move(key, up(document, key))]
        case "down":
            return [Move(key, down(document, key))]
        case "remove":
            return [Remove(key)]
        case "duplicate":
            return [Duplicate(key)]
        case "settings":
            return edit_form.settings_acts(document, key, given)
        case "series":
            return _series(document, given)
        case "more" | "less":
            return [edit_form.fork_act(document, key, act, int(given.get("way") or 0))]
    raise Refused("There is no such change. Choose one again.")


def _series(document: Row, given: dict[str, str]) -> list[Act]:
    """The settings of the whole series."""
    name = given.get("name", "").strip()
    if not name:
        raise Refused("Give the series a name that people understand.")
    found: dict[str, Any] = {"name": name}
    if given.get("goal") in ("booked", "attended", "confirmed", "none"):
        found["goal"] = given["goal"]
    interests = [each.strip() for each in given.get("interest", "").split(",") if each.strip()]
    match given.get("entry"):
        case "interest":
            found["entry"] = {"on": "signup", "interest": interests}
        case "otherwise":
            found["entry"] = {"on": "signup", "otherwise": True}
        case "by-hand":
            found["entry"] = {"on": "by-hand"}
    if given.get("from") and given.get("to"):
        days = [day for day in DAYS if day in request.form.getlist("days")]
        old = document.get("window")
        kept = dict(old) if hasattr(old, "get") and old is not None else {"zone": "lead"}
        found["window"] = {**kept, "days": days, "from": given["from"], "to": given["to"]}
    return [Change(None, setting, value) for setting, value in found.items() if document.get(setting) != value]


def _asked_again() -> list[tuple[str, str]]:
    """The fields of a change that was not made, to make it on the newer text; an undo would undo another's work."""
    if request.form.get("act") in ("undo", "redo"):
        return []
    return [pair for pair in request.form.items(multi=True) if pair[0] not in ("csrf_token", "digest")]


def _shown(
    desk: Here,
    campaign_id: str,
    step: str,
    add: str,
    given: dict[str, str],
    faults: dict[str, str],
    met: ChangedMeanwhile | None = None,
) -> str:
    opened = open_campaign(desk.kit, desk.clinic.id, campaign_id) or abort(404)
    try:
        shown = show_draft(desk.kit, opened)
    except Faults:
        flash("The draft’s text can only be mended by hand.", "stop")
        abort(redirect(url_for("desk.publish_choices", campaign_id=opened.row.key), 303))
    node = shown.by_key.get(step)
    files = shown.mails.get(str(node.row.get("mail"))) if node else None
    strip = None
    if shown.campaign:
        definition = shown.campaign.definition
        asked = asked_of(desk, definition)
        strip = {
            "definition": definition,
            "asked": asked,
            "strip": show_simulation_here(
                desk.kit, desk.clinic, definition, asked["zone"], asked["start"], asked["does"]
            ),
            "forks_on_clicks": asks_for_clicks(definition),
            "begins": BEGINS[definition.entry.on],
        }
    return page(
        "edit",
        room="campaigns",
        it=opened,
        shown=shown,
        node=node,
        add=add,
        kind=request.values.get("kind", ""),
        series=step == "@series",
        given=given,
        faults=faults,
        typed=plain_words(files) if files else None,
        form=edit_form,
        kinds=draft_words.KINDS,
        days=DAYS,
        title=words.title,
        meanwhile=show_meanwhile(desk.kit, opened, desk.user.id, request.form.get("digest", ""), met) if met else None,
        asked_again=_asked_again() if met else [],
        **(strip or {"strip": None}),
    )
