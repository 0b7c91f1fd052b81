"""Signing in and out, the first-use page, and one's own password."""

from __future__ import annotations

from hashlib import blake2b
from ipaddress import ip_address

from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from limits import parse

from service.domain.right import Right
from service.storage import settings as stored
from service.storage import users
from service.usecases.create_owner import Faulty, Settled, create_owner
from service.usecases.sessions import end_session
from service.usecases.sign_in import WrongPassword, change_password, sign_in
from service.web.admin.desk import blueprint, here, leave, page, seat
from service.web.admin.door import let_in
from service.web.admin.rights import need
from service.web.kit import kit
from service.web.limits import limiter

ACCOUNT, ADDRESS = parse("10/15 minutes"), parse("40/15 minutes")
WRONG = "This address and password do not go together. Try again, or ask for a new password below."
OFTEN = "Too many tries. Wait a quarter of an hour, then try again."
ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
)


@blueprint.get("/sign-in", endpoint="sign_in")
def sign_in_page() -> ResponseReturnValue:
    if not _anybody():
        return redirect(url_for("desk.welcome"), 303)
    return page("sign-in", then=request.args.get("then", ""), demo_login=_demo_login())


@blueprint.post("/sign-in")
def enter() -> ResponseReturnValue:
    email, password = request.form.get("email", "").strip(), request.form.get("password", "")
    then = request.form.get("then", "")
    account = blake2b(email.casefold().encode(), digest_size=16).hexdigest()
    counters = ((ACCOUNT, "sign-in-account", account), (ADDRESS, "sign-in-address", request.remote_addr or ""))
    if not all(limiter.limiter.test(*counter) for counter in counters):
        return page("sign-in", then=then, email=email, fault=OFTEN, demo_login=_demo_login()), 429
    user = sign_in(kit(), email, password)
    if user is None:
        for counter in counters:
            limiter.limiter.hit(*counter)
        return page("sign-in", then=then, email=email, fault=WRONG, demo_login=_demo_login()), 401
    return let_in(user, then)


@blueprint.post("/sign-out")
@need(Right.SEE)
def sign_out() -> ResponseReturnValue:
    end_session(kit(), here().user, here().session.id)
    leave()
    return redirect(url_for("desk.sign_in"), 303)


@blueprint.get("/welcome")
def welcome() -> ResponseReturnValue:
    if _anybody():
        return redirect(url_for("desk.sign_in"), 303)
    return page("welcome", given={"zone": "America/Chicago"}, faults={}, zones=ZONES)


@blueprint.post("/welcome")
def begin() -> ResponseReturnValue:
    given = request.form.to_dict()
    try:
        owner = create_owner(kit(), given)
    except Settled:
        return redirect(url_for("desk.sign_in"), 303)
    except Faulty as wrong:
        given.pop("password", None)
        return page("welcome", given=given, faults=wrong.faults, zones=ZONES), 422
    seat(owner)
    return redirect(url_for("desk.home"), 303)


@blueprint.get("/password")
@need(Right.SEE)
def password() -> ResponseReturnValue:
    return page("password", fault="", saved="saved" in request.args)


@blueprint.post("/password")
@need(Right.SEE)
def set_password() -> ResponseReturnValue:
    try:
        changed = change_password(kit(), here().user.id, request.form.get("old", ""), request.form.get("new", ""))
    except WrongPassword:
        return page("password", fault="The present password is another one.", saved=False), 422
    except ValueError as fault:
        return page("password", fault=str(fault).capitalize() + ".", saved=False), 422
    seat(changed)
    return redirect(url_for("desk.password", saved="yes"), 303)


def _anybody() -> bool:
    with kit().db.read() as conn:
        return users.anybody(conn)


def _demo_login() -> dict[str, str] | None:
    """The demo's own login, shown to whoever sits at this machine."""
    given = current_app.config.get("MERIDIAN_DEMO_PASSWORD")
    if not given or not kit().demo or not _local():
        return None
    with kit().db.read() as conn:
        owner = users.first_owner(conn) if stored.get(conn, stored.DEMO) is not None else None
    return {"email": owner.email, "password": given} if owner else None


def _local() -> bool:
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
