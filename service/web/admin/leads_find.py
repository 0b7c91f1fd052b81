"""Search as somebody types: the first few people, as a piece of a page. Words come in a body, never in an address."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from service.domain.right import Right
from service.storage.find_people import MOST, find_people
from service.web.admin.desk import blueprint, here
from service.web.admin.leads import LONGEST, MOST_WORDS
from service.web.admin.rights import need


@blueprint.post("/leads/look")
@need(Right.SEE)
def look() -> ResponseReturnValue:
    desk = here()
    text = request.form.get("words", "").strip()[:LONGEST]
    with desk.kit.db.read() as conn:
        found = find_people(conn, desk.clinic.id, text.split()[:MOST_WORDS])
    return render_template("admin/found.html", found=found, text=text, more=len(found) == MOST)
