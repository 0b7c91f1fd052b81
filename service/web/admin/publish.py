"""Publishing a campaign's next version: what to publish, what it would do to whom, and how far it has come."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.right import Right
from service.domain.timing import DAY
from service.usecases.blast_radius import MODES, Mode
from service.usecases.draft_campaign import discard_draft, open_draft, save_draft
from service.usecases.publish_live import publish_live
from service.usecases.show_campaign import Opened, open_campaign
from service.usecases.show_publish import look, progress, shipped_texts, show_choices
from service.web.admin.desk import Here, blueprint, here, page
from service.web.admin.rights import need

REACH = (0, 7, 30, 90)  # days; 0: nobody who completed
LARGEST = 300_000


@blueprint.get("/campaigns/<campaign_id>/publish")
@need(Right.EDIT_CAMPAIGNS)
def publish_choices(campaign_id: str) -> ResponseReturnValue:
    desk, opened = _opened(campaign_id)
    return page("publish", room="campaigns", it=opened, act="choose", choices=show_choices(desk.kit, opened.row))


@blueprint.post("/campaigns/<campaign_id>/publish/draft")
@need(Right.EDIT_CAMPAIGNS)
def keep_draft(campaign_id: str) -> ResponseReturnValue:
    """What was typed, uploaded or shipped becomes the draft, whatever is wrong with it."""
    desk, opened = _opened(campaign_id)
    how = request.form.get("from", "")
    if how == "shipped":
        theirs = shipped_texts(opened.row.key) or abort(404)
        save_draft(desk.kit, desk.clinic.id, desk.user.id, opened.row.key, *theirs)
    elif how == "discard":
        discard_draft(desk.kit, desk.clinic.id, desk.user.id, opened.row.key)
        flash("The draft is gone. What is published stays as it is.", "good")
        return redirect(url_for("desk.publish_choices", campaign_id=opened.row.key), 303)
    else:
        source = _uploaded() or request.form.get("source", "").replace("\r\n", "\n")
        if not source.strip():
            flash("Choose a file, or paste its text.", "stop")
            return redirect(url_for("desk.publish_choices", campaign_id=opened.row.key), 303)
        save_draft(desk.kit, desk.clinic.id, desk.user.id, opened.row.key, source)
    return redirect(url_for("desk.look_at_publishing", campaign_id=opened.row.key), 303)


@blueprint.get("/campaigns/<campaign_id>/publish/look")
@need(Right.EDIT_CAMPAIGNS)
def look_at_publishing(campaign_id: str) -> ResponseReturnValue:
    """The dialog's three questions; a choice of `mode` and `reach` asks them anew."""
    desk, opened = _opened(campaign_id)
    draft = open_draft(desk.kit, desk.clinic.id, opened.row.key)
    if draft is None:
        return redirect(url_for("desk.publish_choices", campaign_id=opened.row.key), 303)
    if draft.faults:
        return page("publish", room="campaigns", it=opened, act="faults", draft=draft)
    mode, reach = _asked(request.args.get("mode", "move"), request.args.get("reach", "0"))
    looked = look(desk.kit, opened.row, draft, mode, reach * DAY or None)
    return page(
        "publish", room="campaigns", it=opened, act="look", draft=draft, looked=looked, reach=reach, reaches=REACH
    )


@blueprint.post("/campaigns/<campaign_id>/publish")
@need(Right.PUBLISH)
def publish_here(campaign_id: str) -> ResponseReturnValue:
    desk, opened = _opened(campaign_id)
    draft = open_draft(desk.kit, desk.clinic.id, opened.row.key)
    mode, reach = _asked(request.form.get("mode", ""), request.form.get("reach", "0"))
    if draft is None or draft.faults or request.form.get("digest") != draft.digest:
        flash("It was changed meanwhile, and nothing was published. Look at it again.", "stop")
        return redirect(url_for("desk.look_at_publishing", campaign_id=opened.row.key), 303)
    made = publish_live(
        desk.kit,
        desk.clinic.id,
        desk.user.id,
        opened.row.key,
        draft.source,
        draft.mails,
        mode,
        reach * DAY or None,
    )
    if made.publication is None:
        flash("It says the same as what is published; nothing was made.", "good")
        return redirect(url_for("desk.campaign", campaign_id=opened.row.key), 303)
    return redirect(url_for("desk.publishing", campaign_id=opened.row.key), 303)


@blueprint.get("/campaigns/<campaign_id>/publish/progress")
def publishing(campaign_id: str) -> ResponseReturnValue:
    """How far the people are; the page looks again by itself until all are there."""
    desk, opened = _opened(campaign_id)
    newest = progress(desk.kit, opened.row)
    if newest is None:
        return redirect(url_for("desk.publish_choices", campaign_id=opened.row.key), 303)
    return page("publish", room="campaigns", it=opened, act="progress", made=newest)


def _opened(campaign_id: str) -> tuple[Here, Opened]:
    desk = here()
    return desk, open_campaign(desk.kit, desk.clinic.id, campaign_id) or abort(404)


def _asked(mode: str, reach: str) -> tuple[Mode, int]:
    """The mode, and days to reach back: only a move does."""
    chosen = next((each for each in MODES if each == mode), None) or abort(400)
    days = next((each for each in REACH if str(each) == reach), 0)
    return chosen, days if chosen == "move" else 0


def _uploaded() -> str:
    file = request.files.get("file")
    text = file.read(LARGEST) if file is not None else b""
    try:
        return text.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return ""
