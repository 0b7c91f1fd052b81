"""A new campaign: a name, and nothing or a shipped one to begin with."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.edit import Refused
from service.domain.right import Right
from service.usecases.begin_campaign import begin_campaign, templates
from service.web.admin.desk import blueprint, here, page
from service.web.admin.rights import need


@blueprint.get("/campaigns/new")
@need(Right.EDIT_CAMPAIGNS)
def new_campaign() -> ResponseReturnValue:
    return page("campaign-new", room="campaigns", templates=templates(), given={}, faults={})


@blueprint.post("/campaigns/new")
@need(Right.EDIT_CAMPAIGNS)
def begin_campaign_here() -> ResponseReturnValue:
    desk, given = here(), {"name": request.form.get("name", ""), "after": request.form.get("after", "")}
    try:
        key = begin_campaign(desk.kit, desk.clinic.id, desk.user.id, given["name"], given["after"])
    except Refused as refused:
        faults = {"name": str(refused)}
        return page("campaign-new", room="campaigns", templates=templates(), given=given, faults=faults), 422
    return redirect(url_for("desk.edit_campaign", campaign_id=key, step="@series"), 303)
