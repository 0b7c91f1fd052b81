"""What the series claim about health: each claim with its source, and until when the clinic vouches for it."""

from __future__ import annotations

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from service.domain import words
from service.domain.right import Right
from service.usecases.renew_review import renew_review
from service.usecases.show_claims import show_claims
from service.web.admin.desk import blueprint, here, page
from service.web.admin.rights import need


@blueprint.get("/claims")
def claims() -> ResponseReturnValue:
    desk = here()
    with desk.kit.db.read() as conn:
        found = show_claims(desk.kit, conn, desk.clinic.id, desk.now)
    return page("claims", room="campaigns", series=found)


@blueprint.post("/claims/<int:campaign_id>")
@need(Right.PUBLISH)
def renew_claims(campaign_id: int) -> ResponseReturnValue:
    released = renew_review(here().kit, here().user, campaign_id)
    if released is None:
        abort(404)
    went_on = f" {words.people(released)} who waited for it now {'goes' if released == 1 else 'go'} on."
    flash(f"Noted: the claims still hold, said by you. The review lasts a year.{went_on if released else ''}", "good")
    return redirect(url_for("desk.claims"), 303)
