"""Settings, Deliverability: the domain's records, and 30 days of figures beside the limits."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from service.domain.right import Right
from service.storage import clinics
from service.usecases.look_up_senders import ask_to_look
from service.usecases.show_deliverability import show_deliverability
from service.web.admin.desk import blueprint, here, say
from service.web.admin.rights import need
from service.web.admin.settings import Given, loads


@loads("deliverability")
def _deliverability(_given: Given) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        clinic = clinics.get(conn, desk.clinic.id)
    return {"shown": show_deliverability(desk.kit, clinic, desk.now), "wall": desk.kit.wall(), "mail": desk.kit.mail}


@blueprint.post("/settings/deliverability/look")
@need(Right.SETTINGS)
def look_again() -> ResponseReturnValue:
    ask_to_look(here().kit, here().clinic.id)
    say("The worker asks the name servers within half a minute. Load this page again then.")
    return redirect(url_for("desk.settings_part", part="deliverability"), 303)
