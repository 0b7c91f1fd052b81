"""Settings: one page a subject. Here the clinic, the team and sending; who treats and the forms have their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.colour import READABLE, contrast
from service.domain.timing import HOUR
from service.storage import clinics, held_list, users, workers
from service.usecases.change_clinic import change_clinic
from service.usecases.kit import Kit
from service.web.admin.access import ZONES
from service.web.admin.desk import blueprint, here, page

Given = Mapping[str, str]
CLINIC = {
    "name": "the name",
    "address": "the postal address",
    "city": "the city",
    "phone": "the phone",
    "website": "the website",
    "zone": "the time zone",
    "accent": "the accent colour",
    "from_name": "the sender’s name",
    "from_email": "the sender’s address",
    "reply_to": "the address for replies",
    "cap_day": "the most mails a day",
    "cap_week": "the most mails in seven days",
    "soft_bounces": "how many mails may come back",
    "overdue_after": "the limit for overdue mail",
    "resend_in_doubt": "what happens to mail in doubt",
    "min_notice": "the notice before a visit",
    "horizon_days": "how far ahead one can book",
}
IN_HOURS = ("overdue_after", "min_notice")
SILENT = 120  # seconds without a tick

_loaders: dict[str, Callable[[Given], dict[str, Any]]] = {}


def loads(part: str) -> Callable[[Callable[[Given], dict[str, Any]]], Callable[[Given], dict[str, Any]]]:
    """Marks what fetches a part's values; it is given what was typed where that could not be saved."""

    def mark(loader: Callable[[Given], dict[str, Any]]) -> Callable[[Given], dict[str, Any]]:
        _loaders[part] = loader
        return loader

    return mark


def show(part: str, **told: Any) -> str:
    """The part with what is stored; `faults`, `given` and `edited` (which form) keep what could not be saved."""
    shown = {"faults": {}, "given": {}, "edited": None, **told}
    return page(f"settings-{part}", room="settings", part=part, **_loaders[part](shown["given"]), **shown)


def saved(part: str, said: str, anchor: str | None = None) -> ResponseReturnValue:
    flash(said, "good")
    return redirect(url_for("desk.settings_part", part=part, _anchor=anchor), 303)


@blueprint.get("/settings", endpoint="settings")
def first() -> ResponseReturnValue:
    return show("clinic")


@blueprint.get("/settings/<part>")
def settings_part(part: str) -> ResponseReturnValue:
    if part not in _loaders:
        abort(404)
    return show(part)


@blueprint.post("/settings/clinic")
def save_clinic() -> ResponseReturnValue:
    given = {name: request.form[name] for name in CLINIC if name in request.form}
    change = change_clinic(here().kit, here().user, given)
    if change.faults:
        return show("clinic", faults=change.faults, given=given), 422
    if not change.fields:
        return saved("clinic", "Nothing was different, so nothing was changed.")
    return saved("clinic", f"Saved: {listing([CLINIC[name] for name in change.fields])}.")


def listing(parts: list[str]) -> str:
    """a, b and c"""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


@loads("clinic")
def _clinic(given: Given) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        row = clinics.get(conn, desk.clinic.id)
    values = {name: str(getattr(row, name)) for name in CLINIC}
    values |= {name: str(getattr(row, name) // HOUR) for name in IN_HOURS}
    values["resend_in_doubt"] = "yes" if row.resend_in_doubt else "no"
    ratio = f"{contrast(row.accent, '#ffffff'):.1f}"
    return {"values": {**values, **given}, "zones": ZONES, "accent": row.accent, "ratio": ratio, "readable": READABLE}


@loads("people")
def _people(_given: Given) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        return {"rows": users.of_clinic(conn, desk.clinic.id)}


def _answers(kit: Kit) -> str:
    """How what people write back comes in, if it does: mailbox or hook."""
    if kit.mailbox is not None:
        return "mailbox"
    return "hook" if current_app.config.get("MERIDIAN_INBOUND_SECRET") else ""


@loads("sending")
def _sending(_given: Given) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        ticked = workers.last_tick(conn)
        doubts = held_list.in_doubt(conn, desk.clinic.id)
    silent = None if ticked is None else max(0, desk.kit.wall() - ticked)
    return {
        "provider": desk.kit.mail,
        "base_url": desk.kit.base_url,
        "silent": silent,
        "runs": silent is not None and silent <= SILENT,
        "doubts": len(doubts),
        "answers": _answers(desk.kit),
        "more_doubts": len(doubts) == held_list.MOST,
        "oldest_doubt": min((line.at for line in doubts), default=None),
    }
