"""Settings: the clinic, who treats and when, where sign-ups come from, who signs in, how mail leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.colour import contrast
from service.domain.hours_text import hours_text
from service.domain.signup import INTERESTS
from service.domain.timing import DAY, HOUR, WEEKDAYS
from service.storage import clinics, practitioners, sources, staff, users, workers
from service.usecases.add_source import add_source
from service.usecases.change_clinic import change_clinic
from service.usecases.change_source import NoSource, change_wording, reveal_secret, switch_source
from service.usecases.change_staff import change_practitioner, close_days, open_days
from service.usecases.create_owner import new_secret
from service.web.admin.access import ZONES
from service.web.admin.desk import blueprint, here, page

PARTS = ("clinic", "practitioners", "sources", "people", "sending")
CLINIC = ("name", "address", "city", "phone", "website", "zone", "accent")
SENDING = ("from_name", "from_email", "reply_to", "cap_day", "cap_week", "overdue_after")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@blueprint.get("/settings", endpoint="settings")
def first() -> ResponseReturnValue:
    return _part("clinic")


@blueprint.get("/settings/<part>")
def settings_part(part: str) -> ResponseReturnValue:
    if part not in PARTS:
        abort(404)
    return _part(part)


@blueprint.post("/settings/<any(clinic, sending):part>")
def save_settings(part: str) -> ResponseReturnValue:
    fields = CLINIC if part == "clinic" else SENDING
    given = {name: request.form[name] for name in fields if name in request.form}
    faults = change_clinic(here().kit, here().user, given)
    if faults:
        return _part(part, faults=faults, given=given), 422
    return _saved(part)


@blueprint.post("/settings/practitioners/save")
def save_practitioner() -> ResponseReturnValue:
    given = request.form.to_dict()
    who = request.form.get("id", type=int)
    faults = change_practitioner(here().kit, here().user, who, given)
    if faults:
        return _part("practitioners", faults=faults, given=given, edited=who or "new"), 422
    return _saved("practitioners")


@blueprint.post("/settings/practitioners/close")
def close() -> ResponseReturnValue:
    given = request.form.to_dict()
    faults = close_days(here().kit, here().user, here().clinic, given)
    if faults:
        return _part("practitioners", faults=faults, given=given, edited="closure"), 422
    return _saved("practitioners")


@blueprint.post("/settings/practitioners/open")
def reopen() -> ResponseReturnValue:
    open_days(here().kit, here().user, request.form.get("id", 0, type=int))
    return _saved("practitioners")


@blueprint.post("/settings/sources/add")
def new_source() -> ResponseReturnValue:
    desk, given = here(), request.form.to_dict()
    vendor = given.get("vendor", "")
    if vendor not in ("standard", "typeform", "hosted") or not given.get("name", "").strip():
        return _part("sources", faults={"name": "Give the source a name."}, given=given, edited="new"), 422
    secret = given.get("secret", "").strip() or (new_secret() if vendor == "standard" else None)
    try:
        with desk.kit.db.write() as conn:
            add_source(
                conn,
                clinic_id=desk.clinic.id,
                vendor=vendor,
                name=given["name"].strip()[:80],
                now=desk.now,
                secret=None if vendor == "hosted" else secret,
                interest=given.get("interest") or None,
            )
    except ValueError as fault:
        return _part("sources", faults={"secret": f"{fault}."}, given=given, edited="new"), 422
    return _saved("sources")


@blueprint.post("/settings/sources/<int:source_id>/wording")
def save_wording(source_id: int) -> ResponseReturnValue:
    desk, given = here(), request.form.to_dict()
    try:
        version = change_wording(desk.kit, desk.user, desk.clinic, source_id, given.get("wording", ""))
    except NoSource:
        abort(404)
    except ValueError as fault:
        return _part("sources", faults={"wording": str(fault)}, given=given, edited=source_id), 422
    flash(f"Saved as wording {version}. Receipts of the older wording stay as they are.", "good")
    return redirect(url_for("desk.settings_part", part="sources"), 303)


@blueprint.post("/settings/sources/<int:source_id>/secret")
def show_secret(source_id: int) -> ResponseReturnValue:
    desk = here()
    try:
        secret = reveal_secret(desk.kit, desk.user, desk.clinic, source_id)
    except NoSource:
        abort(404)
    return _part("sources", revealed=(source_id, secret))


@blueprint.post("/settings/sources/<int:source_id>/switch")
def switch(source_id: int) -> ResponseReturnValue:
    desk = here()
    try:
        switch_source(desk.kit, desk.user, desk.clinic, source_id, request.form.get("on") == "yes")
    except NoSource:
        abort(404)
    return _saved("sources")


def _saved(part: str) -> ResponseReturnValue:
    flash("Saved.", "good")
    return redirect(url_for("desk.settings_part", part=part), 303)


def _part(part: str, **told: Any) -> str:
    """The part with what is stored; `faults` and `given` keep what was typed where it cannot be saved."""
    shown = {"faults": {}, "given": {}, "edited": None, "revealed": None, **told}
    loaders = {"clinic": _clinic, "practitioners": _staff, "sources": _sources, "people": _people, "sending": _sending}
    return page(f"settings-{part}", room="settings", part=part, **{**loaders[part](shown["given"]), **shown})


def _stored(fields: tuple[str, ...], given: Mapping[str, str]) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        row = clinics.get(conn, desk.clinic.id)
    values = {name: str(getattr(row, name)) for name in fields}
    if "overdue_after" in values:
        values["overdue_after"] = str(row.overdue_after // HOUR)
    return {"values": {**values, **given}}


def _clinic(given: Mapping[str, str]) -> dict[str, Any]:
    accent = here().clinic.accent
    return {**_stored(CLINIC, given), "zones": ZONES, "contrast": f"{contrast(accent, '#ffffff'):.1f}"}


def _sending(given: Mapping[str, str]) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        ticked = workers.last_tick(conn)
    silent = None if ticked is None else max(0, desk.kit.wall() - ticked)
    return {**_stored(SENDING, given), "provider": desk.kit.mail, "silent": silent}


def _staff(_given: Mapping[str, str]) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        rows = staff.everyone(conn, desk.clinic.id)
        spans = staff.hours_of(conn, desk.clinic.id)
        types = practitioners.visit_types(conn, [desk.clinic.id])[desk.clinic.id]
        closed = practitioners.absences(conn, [desk.clinic.id], desk.now, desk.now + 800 * DAY)[desk.clinic.id]
    texts = {key: hours_text(listed) for key, listed in spans.items()}
    return {
        "rows": rows,
        "hours": {row.id: {key: texts.get((row.id, at), "") for at, key in enumerate(WEEKDAYS)} for row in rows},
        "days": list(zip(WEEKDAYS, DAY_NAMES, strict=True)),
        "types": types,
        "closed": closed,
        "names": {row.id: row.name for row in rows},
    }


def _sources(_given: Mapping[str, str]) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        rows = sources.of_clinic(conn, desk.clinic.id)
    return {"rows": rows, "base_url": desk.kit.base_url, "interests": sorted(INTERESTS)}


def _people(_given: Mapping[str, str]) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        rows = users.of_clinic(conn, desk.clinic.id)
    return {"rows": rows}
