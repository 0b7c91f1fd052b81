"""Campaigns: each with its state and its people."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from service.storage import campaign_numbers, campaigns
from service.storage.campaign_numbers import CampaignNumbers
from service.web.admin.desk import blueprint, here, page


@blueprint.get("/campaigns", endpoint="campaigns")
def listed() -> ResponseReturnValue:
    desk = here()
    with desk.kit.db.read() as conn:
        rows = campaigns.of_clinic(conn, desk.clinic.id)
        numbers = campaign_numbers.of_clinic(conn, desk.clinic.id)
        sent = campaign_numbers.sent_by_campaign(conn, desk.clinic.id)
    everyone = {row.id: numbers.get(row.id, CampaignNumbers()) for row in rows}
    rows.sort(key=lambda row: (-everyone[row.id].here, -everyone[row.id].entered, row.name))
    return page("campaigns", room="campaigns", rows=rows, numbers=everyone, sent=sent)
