"""One person: erased for good, by somebody who may, and who typed the word."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.right import Right
from service.storage.leads import LeadRow
from service.usecases.erase_lead import VisitAhead, erase_lead, visit_ahead
from service.web.admin.desk import blueprint, here, page
from service.web.admin.lead import lead_here, name_of
from service.web.admin.rights import need

WORD = "erase"


@blueprint.get("/leads/<int:lead_id>/erase")
@need(Right.ERASE)
def ask_erase(lead_id: int) -> ResponseReturnValue:
    return _ask(lead_here(lead_id))


@blueprint.post("/leads/<int:lead_id>/erase")
@need(Right.ERASE)
def erase(lead_id: int) -> ResponseReturnValue:
    row = lead_here(lead_id)
    if request.form.get("word", "").strip().casefold() != WORD:
        return _ask(row, f"Type the word “{WORD}” to go on. Nothing was erased."), 422
    try:
        erase_lead(here().kit, here().user, lead_id)
    except VisitAhead:
        return _ask(row), 422
    flash("Erased. Nothing here tells who they were, and nothing is sent to them any more.", "good")
    return redirect(url_for("desk.leads"), 303)


def _ask(row: LeadRow, fault: str = "") -> str:
    visit = visit_ahead(here().kit, row.id)
    return page("lead-erase", room="leads", lead=row, name=name_of(row), visit=visit, word=WORD, fault=fault)
