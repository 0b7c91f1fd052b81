"""Leads from a list: a file is chosen, its columns are explained, each row's fate is shown, and then it is taken."""

from __future__ import annotations

from contextlib import closing
from datetime import date

from flask import Response, abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from service.domain.import_columns import PART_WORDS
from service.domain.import_row import Plan
from service.domain.import_state import GOING, ImportState
from service.domain.right import Right
from service.domain.table_file import LARGEST, NotATable
from service.domain.timing import day_start, local
from service.storage import lead_imports
from service.storage.lead_imports import ImportRow
from service.usecases.imports.show_import import columns_of, fates_of, list_of, mapping_of, refused_rows
from service.usecases.imports.take_list import begin, change_columns, drop_list, explain, plan_of, take_list
from service.usecases.imports.undo_list import may_undo, undo_list
from service.web.admin.desk import blueprint, here, page
from service.web.admin.rights import need

NO_FILE = "Choose a file that has people in it."
_ABOVE = 64 * 1024  # what a form with a file in it takes besides
_SEATED = "_user_id"


@blueprint.url_value_preprocessor
def _room_for_a_list(endpoint: str | None, _values: object) -> None:
    """A list is larger than anything else that comes in. Whoever is not signed in gets no such room."""
    if endpoint == "desk.take_import" and _SEATED in session:
        request.max_content_length = LARGEST + _ABOVE


@blueprint.get("/leads/import")
@need(Right.IMPORT)
def imports() -> ResponseReturnValue:
    return _door("")


@blueprint.post("/leads/import")
@need(Right.IMPORT)
def take_import() -> ResponseReturnValue:
    desk, file = here(), request.files.get("file")
    if file is None:
        return _door(NO_FILE), 422
    with closing(file):
        name, body = file.filename or "", file.read()
    if not body:
        return _door(NO_FILE), 422
    try:
        import_id = take_list(desk.kit, desk.clinic.id, desk.user.id, name, body)
    except NotATable as fault:
        return _door(fault.reason), 422
    return redirect(url_for("desk.import_list", import_id=import_id), 303)


@blueprint.get("/leads/import/<int:import_id>")
@need(Right.IMPORT)
def import_list(import_id: int) -> ResponseReturnValue:
    return _show(_list(import_id), {}, {})


@blueprint.post("/leads/import/<int:import_id>/look")
@need(Right.IMPORT)
def look_at_import(import_id: int) -> ResponseReturnValue:
    row, given = _list(import_id), request.form.to_dict()
    mapping = mapping_of({place: given.get(f"c{place}", "") for place in range(len(columns_of(row)))})
    plan = Plan(mapping, given.get("wording", "").strip(), _day(given.get("agreed", "")), bool(given.get("for_all")))
    faults = explain(here().kit, row.id, plan)
    if faults:
        return _show(row, faults, given), 422
    return redirect(url_for("desk.import_list", import_id=row.id), 303)


@blueprint.post("/leads/import/<int:import_id>/columns")
@need(Right.IMPORT)
def change_import(import_id: int) -> ResponseReturnValue:
    row = _list(import_id)
    change_columns(here().kit, row.id)
    return redirect(url_for("desk.import_list", import_id=row.id), 303)


@blueprint.post("/leads/import/<int:import_id>/begin")
@need(Right.IMPORT)
def begin_import(import_id: int) -> ResponseReturnValue:
    row = _list(import_id)
    begin(here().kit, row.id, here().user.id)
    return redirect(url_for("desk.import_list", import_id=row.id), 303)


@blueprint.post("/leads/import/<int:import_id>/drop")
@need(Right.IMPORT)
def drop_import(import_id: int) -> ResponseReturnValue:
    row = _list(import_id)
    if not drop_list(here().kit, row.id):
        return redirect(url_for("desk.import_list", import_id=row.id), 303)
    flash(f"“{row.name}” is deleted. Nobody was changed.", "good")
    return redirect(url_for("desk.imports"), 303)


@blueprint.post("/leads/import/<int:import_id>/undo")
@need(Right.IMPORT)
def undo_import(import_id: int) -> ResponseReturnValue:
    row = _list(import_id)
    if not undo_list(here().kit, row.id, here().user.id):
        flash("A list can be taken back for a day after it was brought in. It stands.", "stop")
    return redirect(url_for("desk.import_list", import_id=row.id), 303)


@blueprint.post("/leads/import/<int:import_id>/left-out.csv")
@need(Right.IMPORT)
def rows_left_out(import_id: int) -> ResponseReturnValue:
    text = refused_rows(here().kit, _list(import_id), here().user.id)
    if not text:
        abort(404)
    headers = {"Content-Disposition": 'attachment; filename="left-out.csv"', "Cache-Control": "no-store"}
    return Response(text, mimetype="text/csv", headers=headers)


def _list(import_id: int) -> ImportRow:
    row = list_of(here().kit, here().clinic.id, import_id)
    if row is None:
        abort(404)
    return row


def _door(fault: str) -> str:
    desk = here()
    with desk.kit.db.read() as conn:
        rows = lead_imports.of_clinic(conn, desk.clinic.id)
    return page("imports", room="leads", rows=rows, fault=fault, state_words=STATE_WORDS, most=LARGEST // 1024 // 1024)


STATE_WORDS = {
    ImportState.MAPPING: "its columns are to be explained",
    ImportState.LOOKING: "being looked through",
    ImportState.LOOKED: "looked through; nobody is changed yet",
    ImportState.RUNNING: "being brought in",
    ImportState.DONE: "brought in",
    ImportState.UNDOING: "being taken back",
    ImportState.UNDONE: "taken back",
    ImportState.GONE: "the file was let go of",
}


def _show(row: ImportRow, faults: dict[str, str], given: dict[str, str]) -> str:
    desk = here()
    if row.state == ImportState.MAPPING or faults:
        columns = columns_of(row)
        plan = plan_of(row)
        agreed = given.get("agreed", _iso_day(plan.agreed_at, desk.zone))
        told = given or {"wording": plan.wording, "agreed": agreed, "for_all": "yes" if plan.for_all else ""}
        return page(
            "import-columns", room="leads", row=row, columns=columns, parts=PART_WORDS, faults=faults, given=told
        )
    return page(
        "import",
        room="leads",
        row=row,
        going=row.state in GOING,
        fates=fates_of(desk.kit, row) if row.counts else None,
        undoable=may_undo(row, desk.now),
    )


def _day(text: str) -> int | None:
    """Midnight of that day in the clinic's zone; None for what is no day."""
    try:
        return day_start(date.fromisoformat(text).toordinal(), here().zone)
    except ValueError:
        return None


def _iso_day(at: int | None, zone: str) -> str:
    return local(at, zone).date().isoformat() if at is not None else ""
