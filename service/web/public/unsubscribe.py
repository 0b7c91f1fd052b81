"""/u/TOKEN: stop all emails. GET shows; POST acts, from the page or with one press in a mail program (RFC 8058)."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from service.domain.wording import mask
from service.usecases.unsubscribe import resubscribe, stopped, unsubscribe
from service.web.kit import kit
from service.web.public.owner import owner, owner_of, page


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/u/<token>", view_func=show, endpoint="unsubscribe")
    blueprint.add_url_rule("/u/<token>", view_func=act, endpoint="unsubscribe_now", methods=["POST"])


def show(token: str) -> ResponseReturnValue:
    with kit().db.read() as conn:
        whose = owner_of(conn, token)
        standing = stopped(conn, whose.lead, kit().clock())
    return page("unsubscribe", whose, address=mask(whose.lead.email or ""), standing=standing)


def act(token: str) -> ResponseReturnValue:
    whose = owner(token)
    if request.form.get("List-Unsubscribe") == "One-Click":
        unsubscribe(kit(), whose.lead.id, message_id=whose.message_id, how="one-click")
        return "You will get no more of these emails.\n", 200, {"Content-Type": "text/plain; charset=utf-8"}
    address = mask(whose.lead.email or "")
    if request.form.get("do") == "undo":
        undone = resubscribe(kit(), whose.lead.id, page="/u/")
        return page("resubscribed", whose, address=address, undone=undone)
    standing = unsubscribe(kit(), whose.lead.id, message_id=whose.message_id)
    return page("unsubscribe", whose, address=address, standing=standing)
