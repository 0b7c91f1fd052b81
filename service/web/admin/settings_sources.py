"""Settings: the forms that sign-ups come from, how to sign them, and what people agree to there."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask.typing import ResponseReturnValue

from service.domain.signup import INTERESTS
from service.storage import sources
from service.usecases.change_source import (
    KINDS,
    NoSource,
    change_wording,
    open_source,
    reveal_secret,
    switch_source,
)
from service.web.admin.desk import blueprint, here
from service.web.admin.settings import Given, loads, saved, show

PART = "sources"


@blueprint.post("/settings/sources/add")
def new_source() -> ResponseReturnValue:
    given = request.form.to_dict()
    opened = open_source(here().kit, here().user, given)
    if opened.source is None:
        return show(PART, faults=opened.faults, given=given, edited="new"), 422
    said = f"Added “{opened.source.name}”. Its address, and how to sign, stand with it."
    return saved(PART, said, f"s-{opened.source.id}")


@blueprint.post("/settings/sources/<int:source_id>/wording")
def save_wording(source_id: int) -> ResponseReturnValue:
    desk, given = here(), request.form.to_dict()
    with desk.kit.db.read() as conn:
        before = sources.find(conn, source_id)
    try:
        version = change_wording(desk.kit, desk.user, desk.clinic, source_id, given.get("wording", ""))
    except NoSource:
        abort(404)
    except ValueError as fault:
        return show(PART, faults={"wording": str(fault)}, given=given, edited=source_id), 422
    if before is not None and version == before.consent_version:
        return saved(PART, "The words are the same, so the version stays.", f"s-{source_id}")
    return saved(PART, f"Saved as wording {version}. Receipts of the older wording stay as they are.", f"s-{source_id}")


@blueprint.post("/settings/sources/<int:source_id>/secret")
def show_secret(source_id: int) -> ResponseReturnValue:
    desk = here()
    try:
        secret = reveal_secret(desk.kit, desk.user, desk.clinic, source_id)
    except NoSource:
        abort(404)
    return show(PART, revealed=(source_id, secret))


@blueprint.post("/settings/sources/<int:source_id>/switch")
def switch(source_id: int) -> ResponseReturnValue:
    desk, on = here(), request.form.get("on") == "yes"
    try:
        row = switch_source(desk.kit, desk.user, desk.clinic, source_id, on)
    except NoSource:
        abort(404)
    said = "is on: its posts are taken." if on else "is off: its posts are turned away, and its people stay."
    return saved(PART, f"“{row.name}” {said}", f"s-{source_id}")


@loads(PART)
def _sources(_given: Given) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        rows = sources.of_clinic(conn, desk.clinic.id)
    kinds = [kind for kind in KINDS if kind != "hosted" or all(row.vendor != "hosted" for row in rows)]
    return {"rows": rows, "base_url": desk.kit.base_url, "interests": sorted(INTERESTS), "kinds": kinds}
