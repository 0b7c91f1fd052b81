"""From the password to the desk: at once, or by way of a code from one's phone."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from limits import parse

from service.domain.session_age import HALF
from service.storage.users import UserRow
from service.usecases.second_step import asked_for_code, half_way, pass_second
from service.web.admin.desk import blueprint, page, seat
from service.web.kit import kit
from service.web.limits import limiter

TRIES = parse("5/15 minutes")
OFTEN = "Too many wrong codes. Wait a quarter of an hour, then try again."
WRONG = "This code is not right, or was used before. Wait for the next one in your app."
HALFWAY = "half"


def let_in(user: UserRow, then: str = "") -> ResponseReturnValue:
    """Whoever has codes is asked for one first; until then nobody is signed in."""
    if not asked_for_code(kit(), user.id):
        seat(user)
        return redirect(ours(then), 303)
    session.clear()
    session[HALFWAY] = {"user": user.id, "no": user.session_no, "until": kit().wall() + HALF, "then": then}
    return redirect(url_for("desk.code"), 303)


@blueprint.get("/sign-in/code", endpoint="code")
def code_page() -> ResponseReturnValue:
    if _who() is None:
        return redirect(url_for("desk.sign_in"), 303)
    return page("sign-in-code", fault="")


@blueprint.post("/sign-in/code")
def enter_code() -> ResponseReturnValue:
    user = _who()
    if user is None:
        return redirect(url_for("desk.sign_in"), 303)
    counter = (TRIES, "sign-in-code", str(user.id))
    if not limiter.limiter.test(*counter):
        return page("sign-in-code", fault=OFTEN), 429
    if not pass_second(kit(), user, request.form.get("code", "")):
        limiter.limiter.hit(*counter)
        return page("sign-in-code", fault=WRONG), 401
    then = session[HALFWAY]["then"]
    seat(user)
    return redirect(ours(then), 303)


def ours(path: str) -> str:
    """A page of the desk that was asked for, else Home."""
    parts = urlsplit(path)
    plain = parts.path
    return plain if plain.startswith("/desk/") and not parts.netloc and "\\" not in plain else url_for("desk.home")


def _who() -> UserRow | None:
    """Who gave the password a few minutes ago in this browser."""
    half = session.get(HALFWAY)
    if not half or half["until"] <= kit().wall():
        return None
    return half_way(kit(), half["user"], half["no"])
