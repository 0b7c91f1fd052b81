"""/c/TOKEN: this address is mine. GET shows a button and changes nothing; POST confirms."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from service.domain.wording import mask
from service.usecases.confirm_address import confirm_address, confirmation
from service.web.kit import kit
from service.web.public.owner import owner, owner_of, page


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/c/<token>", view_func=show, endpoint="confirm")
    blueprint.add_url_rule("/c/<token>", view_func=act, endpoint="confirm_now", methods=["POST"])


def show(token: str) -> ResponseReturnValue:
    with kit().db.read() as conn:
        whose = owner_of(conn, token)
        state, asked = confirmation(conn, whose.lead, kit().clock())
    wording = asked.wording if asked else ""
    return page("confirm", whose, address=mask(whose.lead.email or ""), state=state.value, wording=wording)


def act(token: str) -> ResponseReturnValue:
    whose = owner(token)
    state = confirm_address(
        kit(), whose.lead.id, message_id=whose.message_id, page=f"{kit().base_url}/c/", ip=request.remote_addr
    )
    return page("confirm", whose, address=mask(whose.lead.email or ""), state=state.value, wording="")
