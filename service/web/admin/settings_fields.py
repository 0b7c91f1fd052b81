"""Settings: what the fields of one form mean, beside the last post that came by it."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.domain.form_meaning import MEANING_WORDS
from service.domain.right import Right
from service.sources import VENDORS
from service.storage import sources
from service.storage.sources import SourceRow
from service.usecases.map_fields import map_fields, read_unread
from service.usecases.show_fields import show_fields
from service.web.admin.desk import blueprint, here, page
from service.web.admin.rights import need


@blueprint.get("/settings/sources/<int:source_id>/fields")
@need(Right.SETTINGS)
def source_fields(source_id: int) -> ResponseReturnValue:
    return _page(_source(source_id), "")


@blueprint.post("/settings/sources/<int:source_id>/fields")
@need(Right.SETTINGS)
def save_fields(source_id: int) -> ResponseReturnValue:
    desk, row = here(), _source(source_id)
    said = {name.removeprefix("f:"): value for name, value in request.form.items() if name.startswith("f:")}
    fault = map_fields(desk.kit, desk.user, row, said, everybody=bool(request.form.get("everybody")))
    if fault:
        return _page(row, fault), 422
    flash("Kept: the form’s posts are read so from now on.", "good")
    return redirect(url_for("desk.source_fields", source_id=source_id), 303)


@blueprint.post("/settings/sources/<int:source_id>/unread")
@need(Right.SETTINGS)
def read_unread_posts(source_id: int) -> ResponseReturnValue:
    desk, row = here(), _source(source_id)
    tried, read = read_unread(desk.kit, desk.user, row)
    left = f" {words.count(tried - read, 'post')} cannot be read yet: the inbox says why." if tried > read else ""
    flash(f"{words.count(read, 'post')} read.{left}", "stop" if left else "good")
    return redirect(url_for("desk.source_fields", source_id=source_id), 303)


def _source(source_id: int) -> SourceRow:
    desk = here()
    with desk.kit.db.read() as conn:
        row = sources.find(conn, source_id)
    if row is None or row.clinic_id != desk.clinic.id or row.vendor not in VENDORS:
        abort(404)
    return row


def _page(row: SourceRow, fault: str) -> str:
    desk = here()
    shown = show_fields(desk.kit, desk.user.id, row)
    vendor = VENDORS[row.vendor]
    given = request.form if fault else None
    return page(
        "source-fields",
        room="settings",
        row=row,
        shown=shown,
        vendor=vendor,
        meanings=MEANING_WORDS,
        fault=fault,
        given=given,
    )
