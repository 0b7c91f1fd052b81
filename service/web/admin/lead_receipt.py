"""What a person agreed to, as a page to print: each consent with its receipt."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from service.storage import sources
from service.usecases.check_receipts import show_receipts
from service.web.admin.desk import blueprint, here, page
from service.web.admin.lead import lead_here, name_of


@blueprint.get("/leads/<int:lead_id>/receipt")
def lead_receipt(lead_id: int) -> ResponseReturnValue:
    desk, row = here(), lead_here(lead_id)
    with desk.kit.db.read() as conn:
        lines = show_receipts(conn, row)
        names = {each.id: each.name for each in sources.of_clinic(conn, desk.clinic.id)}
    return page("lead-receipt", room="leads", lead=row, name=name_of(row), lines=lines, names=names)
