"""Settings: one page a subject. Here the clinic, the team and sending; who treats and the forms have their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.colour import READABLE, contrast
from service.domain.right import Right
from service.domain.timing import HOUR, MINUTE
from service.storage import clinics, held_list, workers
from service.usecases.change_clinic import change_clinic
from service.usecases.keep_pace import today_of
from service.usecases.kit import Kit
from service.web.admin.access import ZONES
from service.web.admin.desk import blueprint, here, page
from service.web.admin.rights import need

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
    "call_within": "the aim for the first call",
    "min_notice": "the notice before a visit",
    "horizon_days": "how far ahead one can book",
}
RATES = {
    "rate_second": "the most mails a second",
    "rate_day": "the most mails a day",
    "warm_up": "the warm-up",
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
@need(Right.SETTINGS)
def save_clinic() -> ResponseReturnValue:
    return _save("clinic", CLINIC)


@blueprint.post("/settings/sending")
@need(Right.SETTINGS)
def save_rates() -> ResponseReturnValue:
    return _save("sending", RATES)


def _save(part: str, names: Mapping[str, str]) -> ResponseReturnValue:
    given = {name: request.form[name] for name in names if name in request.form}
    change = change_clinic(here().kit, here().user, given)
    if change.faults:
        return show(part, faults=change.faults, given=given), 422
    if not change.fields:
        return saved(part, "Nothing was different, so nothing was changed.")
    return saved(part, f"Saved: {listing([names[name] for name in change.fields])}.")


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
    values["call_within"] = str(row.call_within // MINUTE)
    values["resend_in_doubt"] = "yes" if row.resend_in_doubt else "no"
    ratio = f"{contrast(row.accent, '#ffffff'):.1f}"
    return {"values": {**values, **given}, "zones": ZONES, "accent": row.accent, "ratio": ratio, "readable": READABLE}


def _answers(kit: Kit) -> str:
    """How what people write back comes in, if it does: mailbox or hook."""
    if kit.mailbox is not None:
        return "mailbox"
    return "hook" if current_app.config.get("MERIDIAN_INBOUND_SECRET") else ""


@loads("sending")
def _sending(given: Given) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        row = clinics.get(conn, desk.clinic.id)
        today = today_of(conn, row, desk.now)
        ticked = workers.last_tick(conn)
        doubts = held_list.in_doubt(conn, desk.clinic.id)
    silent = None if ticked is None else max(0, desk.kit.wall() - ticked)
    rates = {name: "" if (value := getattr(row, name)) is None else str(value) for name in RATES}
    return {
        "values": {**rates, "warm_up": row.warm_up.replace(" ", ", "), **given},
        "today": today,
        "provider_rate": desk.kit.rate,
        "provider": desk.kit.mail,
        "base_url": desk.kit.base_url,
        "silent": silent,
        "runs": silent is not None and silent <= SILENT,
        "doubts": len(doubts),
        "answers": _answers(desk.kit),
        "more_doubts": len(doubts) == held_list.MOST,
        "oldest_doubt": min((line.at for line in doubts), default=None),
    }
