"""The list of leads, as it is filtered, as a file."""

from __future__ import annotations

from datetime import date

from flask import Response
from flask.typing import ResponseReturnValue

from service.domain.right import Right, may
from service.domain.timing import local_day
from service.usecases.export_leads import export_leads
from service.web.admin.desk import blueprint, here
from service.web.admin.leads import narrowed
from service.web.admin.rights import need


@blueprint.get("/leads.csv")
@need(Right.EXPORT)
def leads_file() -> ResponseReturnValue:
    desk = here()
    wanted, _marks = narrowed(desk)
    answers = may(desk.user.role, Right.SEE_ANSWERS)
    name = f"leads-{date.fromordinal(local_day(desk.now, desk.clinic.zone))}.csv"
    return Response(
        export_leads(desk.kit, desk.clinic, desk.user.id, wanted, answers=answers),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
