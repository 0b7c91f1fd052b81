"""Campaigns: each series with its state and its people."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from service.usecases.show_campaign import show_campaigns
from service.web.admin.desk import blueprint, here, page


@blueprint.get("/campaigns", endpoint="campaigns")
def listed() -> ResponseReturnValue:
    desk = here()
    return page("campaigns", room="campaigns", found=show_campaigns(desk.kit, desk.clinic))
