"""Whom a webhook was called about: its token leads a colleague who is signed in to that person's page."""

from __future__ import annotations

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue

from service.storage import leads
from service.web.admin.desk import blueprint, here


@blueprint.get("/who/<token>")
def lead_by_token(token: str) -> ResponseReturnValue:
    desk, named = here(), here().kit.links.read(token)
    if named is None or named[0] != "hook-lead":
        abort(404)
    with desk.kit.db.read() as conn:
        row = leads.find(conn, named[1])
    if row is None or row.clinic_id != desk.clinic.id:
        abort(404)
    return redirect(url_for("desk.lead", lead_id=row.id), 303)
