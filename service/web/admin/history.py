"""A campaign's history: what each version changed, an earlier one as the draft again, and the file to keep."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.right import Right
from service.usecases.show_campaign import open_campaign
from service.usecases.show_draft import show_draft
from service.usecases.show_history import restore_version, show_history
from service.web.admin.desk import blueprint, here, page
from service.web.admin.rights import need


@blueprint.get("/campaigns/<campaign_id>/history")
def campaign_history(campaign_id: str) -> ResponseReturnValue:
    desk = here()
    opened = open_campaign(desk.kit, desk.clinic.id, campaign_id) or abort(404)
    return page("campaign-history", room="campaigns", it=opened, versions=show_history(desk.kit, opened))


@blueprint.post("/campaigns/<campaign_id>/history")
@need(Right.EDIT_CAMPAIGNS)
def restore_version_here(campaign_id: str) -> ResponseReturnValue:
    desk = here()
    opened = open_campaign(desk.kit, desk.clinic.id, campaign_id) or abort(404)
    number = request.form.get("version", -1, type=int)
    if not restore_version(desk.kit, desk.clinic.id, desk.user.id, opened, number):
        abort(404)
    named = f"Version {number}" if number else "What it began with"
    flash(f"{named} is the draft now. Undo gives back what was; publish it to make it live.", "good")
    return redirect(url_for("desk.edit_campaign", campaign_id=opened.row.key), 303)


@blueprint.get("/campaigns/<campaign_id>/file")
@need(Right.EDIT_CAMPAIGNS)
def campaign_file(campaign_id: str) -> ResponseReturnValue:
    """The draft's file, or the published one's, to keep or to change elsewhere."""
    desk = here()
    opened = open_campaign(desk.kit, desk.clinic.id, campaign_id) or abort(404)
    answer = Response(show_draft(desk.kit, opened).source, mimetype="text/yaml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{opened.row.key}.yaml"'
    return answer
