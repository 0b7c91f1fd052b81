"""Coming in by a link from one's mail, and asking for one."""

from __future__ import annotations

from hashlib import blake2b

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from limits import parse

from service.usecases.staff_links import Guest, LinkOver, ask_link, look_at_link, use_link
from service.web.admin.desk import blueprint, page
from service.web.admin.door import let_in
from service.web.kit import kit
from service.web.limits import limiter

ACCOUNT, ADDRESS = parse("5/hour"), parse("20/hour")
OFTEN = "Too many links were asked for. Look through your mail, spam too, or wait an hour and try again."


@blueprint.get("/forgot")
def forgot() -> ResponseReturnValue:
    return page("forgot", sent="sent" in request.args, fault="")


@blueprint.post("/forgot", endpoint="ask_link")
def send_link() -> ResponseReturnValue:
    email = request.form.get("email", "").strip()
    account = blake2b(email.casefold().encode(), digest_size=16).hexdigest()
    counters = ((ACCOUNT, "link-account", account), (ADDRESS, "link-address", request.remote_addr or ""))
    counted = [limiter.limiter.hit(*counter) for counter in counters]
    if not all(counted):
        return page("forgot", sent=False, fault=OFTEN), 429
    ask_link(kit(), email)
    return redirect(url_for("desk.forgot", sent="yes"), 303)


@blueprint.get("/link/<token>")
def link(token: str) -> ResponseReturnValue:
    try:
        guest = look_at_link(kit(), token)
    except LinkOver:
        return page("link-over"), 410
    return _form(guest)


@blueprint.post("/link/<token>")
def take(token: str) -> ResponseReturnValue:
    try:
        guest = look_at_link(kit(), token)
        user = use_link(kit(), token, request.form.get("password", ""))
    except LinkOver:
        return page("link-over"), 410
    except ValueError as fault:
        return _form(guest, f"{str(fault)[:1].upper()}{str(fault)[1:]}."), 422
    return let_in(user)


def _form(guest: Guest, fault: str = "") -> str:
    return page("link", guest=guest, fault=fault)
