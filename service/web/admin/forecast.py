"""The forecast: the mails of the next 30 days, by day and campaign."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from service.domain.charts import columns
from service.usecases.forecast import GOES_ON, finding, forecast_lately
from service.web.admin.desk import blueprint, here, page

DAYS = 30


@blueprint.get("/forecast")
def forecast() -> ResponseReturnValue:
    desk = here()
    with desk.kit.db.read() as conn:
        found = forecast_lately(desk.kit, conn, desk.clinic, desk.now, DAYS)
    return page(
        "forecast",
        room="campaigns",
        found=found,
        finding=finding(found, desk.zone),
        heights=columns([day.total for day in found.days], 160),
        keys=sorted(found.names, key=lambda key: found.names[key]),
        goes_on=GOES_ON,
    )
