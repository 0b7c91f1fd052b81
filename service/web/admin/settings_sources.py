"""Settings: the forms that sign-ups come from, how to sign them, and what people agree to there."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask.typing import ResponseReturnValue

from service.domain.language import FIRST
from service.domain.right import Right
from service.domain.signup import INTERESTS
from service.domain.timing import DAY
from service.storage import inbox_list, sources
from service.usecases.change_source import (
    KINDS,
    NoSource,
    change_sites,
    change_wording,
    give_secret,
    open_source,
    reveal_secret,
    switch_source,
)
from service.usecases.consent_words import spanish_consent
from service.web.admin.desk import blueprint, here
from service.web.admin.embed import embed_of
from service.web.admin.rights import need, prove
from service.web.admin.settings import Given, listing, loads, saved, show

PART = "sources"
SENT_WITHIN = DAY


@blueprint.post("/settings/sources/add")
@need(Right.SETTINGS)
def new_source() -> ResponseReturnValue:
    given = request.form.to_dict()
    opened = open_source(here().kit, here().user, given)
    if opened.source is None:
        return show(PART, faults=opened.faults, given=given, edited="new"), 422
    said = f"Added “{opened.source.name}”. Its address, and how to sign, stand with it."
    return saved(PART, said, f"s-{opened.source.id}")


@blueprint.post("/settings/sources/<int:source_id>/wording")
@need(Right.SETTINGS)
def save_wording(source_id: int) -> ResponseReturnValue:
    desk, given = here(), request.form.to_dict()
    with desk.kit.db.read() as conn:
        before = sources.find(conn, source_id)
    language = "es" if given.get("language") == "es" else FIRST
    try:
        version = change_wording(desk.kit, desk.user, desk.clinic, source_id, given.get("wording", ""), language)
    except NoSource:
        abort(404)
    except ValueError as fault:
        return show(
            PART, faults={"wording" if language == FIRST else "spanish": str(fault)}, given=given, edited=source_id
        ), 422
    known = before is not None and {before.consent_version, (spanish_consent(before) or ("", ""))[1]}
    if known and version in known:
        return saved(PART, "The words are the same, so the version stays.", f"s-{source_id}")
    return saved(PART, f"Saved as wording {version}. Receipts of the older wording stay as they are.", f"s-{source_id}")


@blueprint.post("/settings/sources/<int:source_id>/sites")
@need(Right.SETTINGS)
def save_sites(source_id: int) -> ResponseReturnValue:
    desk, typed = here(), request.form.get("sites", "")
    try:
        sites = change_sites(desk.kit, desk.user, desk.clinic, source_id, typed)
    except NoSource:
        abort(404)
    except ValueError as fault:
        return show(PART, faults={"sites": str(fault)}, given={"sites": typed}, edited=source_id), 422
    said = f"Saved: {listing(list(sites))} may show it." if sites else "Saved: your own website alone may show it."
    return saved(PART, said, f"s-{source_id}")


@blueprint.get("/settings/sources/<int:source_id>/look")
@need(Right.SETTINGS)
def look_for_test(source_id: int) -> ResponseReturnValue:
    """Somebody said that a test was sent: the newest post of this form, and how it was read."""
    desk = here()
    with desk.kit.db.read() as conn:
        row = sources.find(conn, source_id)
        if row is None or row.clinic_id != desk.clinic.id or row.vendor == sources.LIST:
            abort(404)
        came = inbox_list.newest_of(conn, desk.clinic.id, source_id, desk.now - SENT_WITHIN)
    return show(PART, tried=(source_id, came))


@blueprint.post("/settings/sources/<int:source_id>/secret")
@need(Right.SETTINGS)
@prove
def show_secret(source_id: int) -> ResponseReturnValue:
    desk = here()
    try:
        secret = reveal_secret(desk.kit, desk.user, desk.clinic, source_id)
    except NoSource:
        abort(404)
    return show(PART, revealed=(source_id, secret))


@blueprint.post("/settings/sources/<int:source_id>/give")
@need(Right.SETTINGS)
def save_secret(source_id: int) -> ResponseReturnValue:
    desk = here()
    try:
        give_secret(desk.kit, desk.user, desk.clinic, source_id, request.form.get("secret", ""))
    except NoSource:
        abort(404)
    except ValueError as fault:
        return show(PART, faults={"secret": str(fault)}, edited=f"secret-{source_id}"), 422
    return saved(PART, "Kept: posts are held to this secret from now on.", f"s-{source_id}")


@blueprint.post("/settings/sources/<int:source_id>/switch")
@need(Right.SETTINGS)
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
        rows = sources.doors_of(conn, desk.clinic.id)
    kinds = [kind for kind in KINDS if kind != "hosted" or all(row.vendor != "hosted" for row in rows)]
    own = next((row for row in rows if row.vendor == "hosted"), None)
    return {
        "rows": rows,
        "base_url": desk.kit.base_url,
        "interests": sorted(INTERESTS),
        "kinds": kinds,
        "spanish_of": spanish_consent,
        "snippet": embed_of(desk.kit, desk.clinic, own) if own else None,
    }
